import fc from 'fast-check';
import { expect, it } from 'vitest';
import { arbitraryBuild } from '../../test/helpers/arbitrary-builds.ts';
import { buildFromJson, summaryFromJson } from './build-from-json.ts';
import { buildToJson, summaryToJson } from './json.ts';

it('restores any build from its JSON', () => {
  fc.assert(
    fc.property(arbitraryBuild, (build) => {
      const json = buildToJson(build);
      const sent = JSON.parse(JSON.stringify(json)) as typeof json;
      expect(buildToJson(buildFromJson(sent))).toEqual(json);
      expect(summaryToJson(summaryFromJson(sent))).toEqual(summaryToJson(build));
    }),
  );
});
