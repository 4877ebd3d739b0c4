import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JsonObject, writeJson } from '../../test/helpers/arbitrary-json.ts';
import { imageBlob, imageConfig, imageManifest } from '../../test/helpers/image-documents.ts';
import { TwinhullError } from './errors/twinhull-error.ts';
import {
  isIndexMediaType,
  type ManifestBytes,
  manifestMediaType,
  mediaTypes,
  parseImageConfig,
  parseIndex,
  parseManifest,
} from './image-document.ts';
import { digestOf } from './image-reference.ts';

const oci = (extra: object = {}) => imageManifest(mediaTypes.ociManifest, 'x', extra);
const raw = (text: string, mediaType: string = mediaTypes.ociManifest): ManifestBytes => ({
  mediaType,
  bytes: Buffer.from(text),
});
const text = ({ bytes }: ManifestBytes) => bytes.toString();

function expectUnusable(read: () => unknown, bytes: Buffer, why: string): void {
  try {
    read();
    expect.unreachable();
  } catch (error) {
    if (!TwinhullError.is(error, 'VerifyFailed')) throw error;
    expect(error.message).toContain(why);
    expect(error.message).toContain(digestOf(bytes));
  }
}

describe('parseManifest', () => {
  it.each(Object.values(mediaTypes).filter((type) => !isIndexMediaType(type)))('parses an image: %s', (mediaType) => {
    const { config, layers } = parseManifest(imageManifest(mediaType, 'x'));
    expect(config).toMatchObject({ digest: imageBlob('x').digest, size: 1 });
    expect(layers).toHaveLength(1);
  });

  it.each([
    ['no JSON', raw('<html>'), 'not valid JSON'],
    ['another media type within', { ...oci(), mediaType: mediaTypes.dockerManifest }, 'its mediaType is'],
    ['both image and index', oci({ manifests: [] }), 'manifests'],
    ['an image of schema 1 as well', oci({ fsLayers: [] }), 'fsLayers'],
    ['a digest that is none', oci({ config: { ...imageBlob('x'), digest: 'sha256:../x' } }), 'config.digest'],
    ['a negative size', oci({ layers: [{ ...imageBlob('x'), size: -1 }] }), 'layers.0.size'],
    [
      'data that are not what is named',
      oci({ config: { ...imageBlob('x'), data: 'eQ==' } }),
      'its data does not match',
    ],
    ['no layers', oci({ layers: [] }), 'no layers'],
    ['layers without end', oci({ layers: Array.from({ length: 1001 }, () => imageBlob('x')) }), 'layers'],
    ['schema 1', raw('{}', 'application/vnd.docker.distribution.manifest.v1+json'), 'manifest.v1+json'],
    ['a second config', raw(text(oci()).replace('"layers"', '"config": {}, "layers"')), '"config" appears twice'],
    ['a second config in capitals', oci({ Config: imageBlob('evil') }), '"Config" is "config"'],
    ['a media type that only folds to one', oci({ MediaType: 'x' }), '"MediaType" is "mediaType"'],
    ['an index for who ignores case', oci({ Manifests: [] }), '"Manifests" is "manifests"'],
    ['the long s', oci({ config: { ...imageBlob('x'), '\u017fize': 7 } }), 'is "size"'],
    ['the sign of Kelvin', oci({ zKey: 1, 'z\u212aey': 2 }), 'to readers that ignore case'],
    ['a nested key in capitals', oci({ layers: [{ ...imageBlob('x'), Digest: imageBlob('y').digest }] }), '"digest"'],
    ['a layer from elsewhere', oci({ layers: [imageBlob('x', 'application/vnd.in-toto+json')] }), 'in-toto+json'],
    [
      'a chart',
      oci({ config: imageBlob('x', 'application/vnd.cncf.helm.config.v1+json') }),
      'it is not an image, but "application/vnd.cncf.helm.config.v1+json"',
    ],
    [
      'an artifact',
      oci({
        artifactType: 'application/vnd.example.sbom',
        config: { ...imageBlob('{}', 'application/vnd.oci.empty.v1+json'), data: 'e30=' },
        layers: [],
      }),
      'it is not an image, but "application/vnd.example.sbom"',
    ],
  ])('refuses %s', (_, manifest, why) => expectUnusable(() => parseManifest(manifest), manifest.bytes, why));
});

describe('parseIndex', () => {
  const index = (document: object) =>
    raw(JSON.stringify({ schemaVersion: 2, manifests: [], ...document }), mediaTypes.ociIndex);
  const child = { ...imageBlob('arm', mediaTypes.ociManifest), platform: { os: 'linux', architecture: 'arm64' } };

  it('parses children with and without a platform', () => {
    const { platform, ...bare } = child;
    expect(parseIndex(index({ manifests: [child, bare] }))).toMatchObject([{ platform }, bare]);
  });

  it.each([
    ['an image too', index({ config: imageBlob('x'), layers: [] }), 'config'],
    ['an image for who ignores case', index({ Layers: [] }), '"Layers" is "layers"'],
    ['of two platforms in one child', index({ manifests: [{ ...child, Platform: {} }] }), '"Platform" is "platform"'],
    [
      'of two architectures in one platform',
      index({ manifests: [{ ...child, platform: { ...child.platform, Architecture: 'amd64' } }] }),
      '"Architecture" is "architecture"',
    ],
    ['an image', { ...oci(), mediaType: mediaTypes.ociManifest }, 'is not an index'],
  ])('refuses one that is %s', (_, document, why) => expectUnusable(() => parseIndex(document), document.bytes, why));
});

describe('parseImageConfig', () => {
  it('reads only platform, layers and labels', () => {
    const diffIds = [digestOf(Buffer.from('layer'))];
    expect(parseImageConfig(imageConfig())).toEqual({ os: 'linux', architecture: 'arm64', diffIds });
    expect(parseImageConfig(imageConfig({ variant: 'v8' }))).toMatchObject({ variant: 'v8' });
    expect(parseImageConfig(imageConfig({ config: null, created: null }))).toMatchObject({ os: 'linux' });
    const labels = { a: '1', A: '2' };
    expect(parseImageConfig(imageConfig({ config: { Labels: labels } })).labels).toEqual(labels);
    for (const Labels of [null, 'text', { a: 1 }])
      expect(parseImageConfig(imageConfig({ config: { Labels } }))).not.toHaveProperty('labels');
  });

  const twice = Buffer.from(imageConfig().toString().replace('"os"', '"architecture":"amd64","os"'));
  it.each([
    ['an architecture twice', twice, '"architecture" appears twice'],
    ['another architecture in capitals', imageConfig({ ARCHITECTURE: 'amd64' }), '"architecture" to readers'],
    ['another os by the long s', imageConfig({ 'o\u017f': 'windows' }), 'is "os"'],
    ['another variant in capitals', imageConfig({ Variant: 'v9' }), 'is "variant"'],
    ['an entrypoint twice', imageConfig({ config: { Entrypoint: ['a'], entrypoint: ['b'] } }), '"entrypoint"'],
    ['no architecture', imageConfig({ architecture: undefined }), 'architecture'],
    ['no list of layers', imageConfig({ rootfs: undefined }), 'rootfs'],
    ['a byte order mark', Buffer.concat([Buffer.from('\ufeff'), imageConfig()]), 'byte order mark'],
  ])('refuses %s', (_, bytes, why) => expectUnusable(() => parseImageConfig(bytes), bytes, why));
});

describe('any document', () => {
  const known = ['schemaVersion', 'mediaType', 'config', 'layers', 'manifests', 'fsLayers', 'artifactType'];
  const folding = { s: ['s', 'S', '\u017f'], k: ['k', 'K', '\u212a'] } as Record<string, string[]>;
  const folded = fc.constantFrom(...known).chain((key) => {
    const characters = key.split('').map((each) => {
      const lower = each.toLowerCase();
      return fc.constantFrom(...(folding[lower] ?? [lower, each.toUpperCase()]));
    });
    return fc.tuple(...characters).map((all) => all.join(''));
  });
  const values: Record<string, unknown> = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    config: pairsOf(imageBlob('x')),
    layers: [pairsOf(imageBlob('layer', 'application/vnd.oci.image.layer.v1.tar+gzip'))],
  };
  const others = fc.constantFrom<unknown>(undefined, 1, 'x', pairsOf(imageBlob('other')), [], null);
  const pairs = fc.array(fc.tuple(fc.oneof(folded, fc.constantFrom('x', 'X', 'annotations')), others), {
    maxLength: 3,
  });

  it('that is accepted means the same to a reader that ignores case and uses the last of duplicate keys', () => {
    let accepted = 0;
    fc.assert(
      fc.property(pairs, fc.shuffledSubarray(Object.entries(values), { minLength: 3 }), (extra, own) => {
        const document = {
          pairs: [
            ...own,
            ...extra.map(([key, value]) => [key, value === undefined ? (values[key] ?? 1) : value] as const),
          ],
        };
        const manifest = raw(writeJson(document));
        let parsed: ReturnType<typeof parseManifest>;
        try {
          parsed = parseManifest(manifest);
        } catch (error) {
          if (TwinhullError.is(error, 'VerifyFailed')) return;
          throw error;
        }
        accepted += 1;
        for (const key of known) {
          const lenient = lastOf(document, key);
          const expected = lenient === undefined ? undefined : JSON.parse(writeJson(lenient));
          expect((parsed as unknown as Record<string, unknown>)[key]).toEqual(expected);
        }
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(20);
  });

  function lastOf({ pairs: all }: JsonObject, key: string): unknown {
    const same = new RegExp(`^${key}$`, 'iu');
    return all.findLast(([name]) => same.test(name))?.[1];
  }

  function pairsOf(object: object): JsonObject {
    return { pairs: Object.entries(object) };
  }
});

describe('manifestMediaType', () => {
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
    [undefined, `{"mediaType":"${mediaTypes.ociIndex}","mediaType":"${mediaTypes.ociManifest}"}`, ''],
    ['application/octet-stream', '{}', 'application/octet-stream'],
    ['text/plain', 'no JSON', 'text/plain'],
  ])('served as %s with %s is %s', (contentType, body, expected) => {
    expect(manifestMediaType(contentType, Buffer.from(body))).toBe(expected);
  });
});

it('recognizes indexes by their media type', () => {
  expect(Object.values(mediaTypes).filter(isIndexMediaType)).toEqual([mediaTypes.ociIndex, mediaTypes.dockerIndex]);
});
