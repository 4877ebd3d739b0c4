import { expect, it } from 'vitest';
import { mediaTypes } from '../../domain/image-index.ts';
import { manifestMediaType } from './manifest-media-type.ts';

it.each([
  [mediaTypes.ociIndex, '{}', mediaTypes.ociIndex],
  [`${mediaTypes.dockerManifest}; charset=utf-8`, '{}', mediaTypes.dockerManifest],
  [
    'application/vnd.docker.distribution.manifest.v1+prettyjws',
    '{}',
    'application/vnd.docker.distribution.manifest.v1+prettyjws',
  ],
  ['application/json', JSON.stringify({ mediaType: mediaTypes.dockerIndex }), mediaTypes.dockerIndex],
  ['application/json', JSON.stringify({ mediaType: 'text/x', manifests: [] }), mediaTypes.ociIndex],
  [undefined, JSON.stringify({ config: {} }), mediaTypes.ociManifest],
  ['application/octet-stream', '{}', 'application/octet-stream'],
  ['text/plain', 'no JSON', 'text/plain'],
])('served as %s with %s is %s', (contentType, body, expected) => {
  expect(manifestMediaType(contentType, Buffer.from(body))).toBe(expected);
});
