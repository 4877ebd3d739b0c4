import fc from 'fast-check';
import { expect, it } from 'vitest';
import { arbitraryBuild } from '../../test/helpers/arbitrary-builds.ts';
import { buildToJson, summaryToJson } from './json.ts';
import { buildFromJson, summaryFromJson } from './shown-build.ts';

it('is the build that its JSON was made of, for any build', () => {
  fc.assert(
    fc.property(arbitraryBuild, (build) => {
      const json = buildToJson(build);
      const sent = JSON.parse(JSON.stringify(json)) as typeof json;
      expect(buildToJson(buildFromJson(sent))).toEqual(json);
      expect(summaryToJson(summaryFromJson(sent))).toEqual(summaryToJson(build));
    }),
  );
});
