import { expect, it } from 'vitest';
import { mediaTypes } from './image-document.ts';
import { placeholderFor, placeholderTag } from './placeholder.ts';

const image = (document: object) => ({
  mediaType: mediaTypes.ociManifest,
  bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, layers: [], ...document })),
});

it('identifies the tag that it replaces, and differs for each tag', () => {
  const manifest = image({});
  const [one, other] = [placeholderFor(manifest, 'v1'), placeholderFor(manifest, 'v2')];
  expect([placeholderTag(one), placeholderTag(other)]).toEqual(['v1', 'v2']);
  expect(one.digest).not.toBe(other.digest);
});

it('ignores annotations of others', () => {
  expect(placeholderTag(image({}))).toBeUndefined();
  expect(placeholderTag(image({ annotations: { vendor: 'dev.twinhull.removed' } }))).toBeUndefined();
  expect(placeholderTag(image({ annotations: { 'dev.twinhull.removed': 7 } }))).toBeUndefined();
});
