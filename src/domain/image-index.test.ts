import { describe, expect, it } from 'vitest';
import { TwinhullError } from '../errors/twinhull-error.ts';
import {
  assembleIndex,
  isIndexMediaType,
  type ManifestBytes,
  mediaTypes,
  parseIndex,
  parseManifest,
  selectPlatform,
} from './image-index.ts';
import { digestOf } from './image-reference.ts';

const blob = (text: string, mediaType = 'application/octet-stream') => ({
  mediaType,
  digest: digestOf(Buffer.from(text)),
  size: text.length,
});

/** Spaced as no encoder of ours would: whoever re-encodes a child changes its digest. */
function image(mediaType: string, name: string, extra: object = {}): ManifestBytes {
  const document = { schemaVersion: 2, mediaType, config: blob(name), layers: [blob('layer')], ...extra };
  return { mediaType, bytes: Buffer.from(`${JSON.stringify(document, null, 3)}\n`) };
}

function index(manifests: readonly object[], mediaType: string = mediaTypes.ociIndex): ManifestBytes {
  return { mediaType, bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests })) };
}

const dockerArm = { platform: 'linux/arm64', manifest: image(mediaTypes.dockerManifest, 'arm') } as const;
const dockerAmd = { platform: 'linux/amd64', manifest: image(mediaTypes.dockerManifest, 'amd') } as const;
const ociAmd = { platform: 'linux/amd64', manifest: image(mediaTypes.ociManifest, 'amd') } as const;

describe('assembleIndex', () => {
  it('makes a Docker manifest list of Docker images', () => {
    const made = assembleIndex([dockerArm, dockerAmd]);
    expect(made.mediaType).toBe(mediaTypes.dockerIndex);
    expect(JSON.parse(made.bytes.toString())).toEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.dockerIndex,
      manifests: [dockerArm, dockerAmd].map(({ platform, manifest }) => ({
        mediaType: mediaTypes.dockerManifest,
        digest: digestOf(manifest.bytes),
        size: manifest.bytes.length,
        platform: { os: 'linux', architecture: platform.slice('linux/'.length) },
      })),
    });
    expect(made.digest).toBe(digestOf(made.bytes));
  });

  it('makes an OCI index of mixed images, each with its own media type', () => {
    const made = assembleIndex([dockerArm, ociAmd]);
    expect(made.mediaType).toBe(mediaTypes.ociIndex);
    expect(parseIndex(made).map(({ mediaType }) => mediaType)).toEqual([
      mediaTypes.dockerManifest,
      mediaTypes.ociManifest,
    ]);
  });

  it('makes equal bytes of equal children, in the order given', () => {
    expect(assembleIndex([dockerArm, ociAmd]).bytes).toEqual(assembleIndex([dockerArm, ociAmd]).bytes);
    expect(assembleIndex([ociAmd, dockerArm]).digest).not.toBe(assembleIndex([dockerArm, ociAmd]).digest);
  });

  it('refuses an index as a child, two images for one platform, and nothing at all', () => {
    const nested = { platform: 'linux/arm64', manifest: assembleIndex([dockerArm]) } as const;
    expect(() => assembleIndex([nested, ociAmd])).toThrow(/is no image manifest/);
    expect(() => assembleIndex([dockerAmd, ociAmd])).toThrow(/two images for linux\/amd64/);
    expect(() => assembleIndex([])).toThrow(/at least one/);
  });
});

describe('selectPlatform', () => {
  it('finds the image and passes attestations over', () => {
    const attestation = {
      ...blob('att', mediaTypes.ociManifest),
      platform: { os: 'unknown', architecture: 'unknown' },
    };
    const arm = {
      ...blob('arm', mediaTypes.ociManifest),
      platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
    };
    expect(selectPlatform(index([attestation, arm]), 'linux/arm64')).toMatchObject({ digest: arm.digest, size: 3 });
    expect(selectPlatform(index([attestation, arm]), 'linux/amd64')).toBeUndefined();
  });

  it('passes over an index within an index and children without a platform', () => {
    const nested = { ...blob('n', mediaTypes.ociIndex), platform: { os: 'linux', architecture: 'arm64' } };
    expect(selectPlatform(index([nested, blob('x', mediaTypes.ociManifest)]), 'linux/arm64')).toBeUndefined();
  });
});

describe('parseManifest', () => {
  it('reads what an image is made of', () => {
    expect(parseManifest(ociAmd.manifest)).toMatchObject({ config: blob('amd'), layers: [blob('layer')] });
  });

  it.each([
    ['no JSON', { mediaType: mediaTypes.ociManifest, bytes: Buffer.from('<html>') }, 'it is no JSON'],
    ['another media type within', { ...dockerArm.manifest, mediaType: mediaTypes.ociManifest }, 'says that it is'],
    ['both image and index', image(mediaTypes.ociManifest, 'x', { manifests: [] }), 'manifests'],
    [
      'a digest that is none',
      image(mediaTypes.ociManifest, 'x', { config: { ...blob('x'), digest: 'sha256:../x' } }),
      'config.digest',
    ],
    ['a negative size', image(mediaTypes.ociManifest, 'x', { layers: [{ ...blob('x'), size: -1 }] }), 'layers.0.size'],
    [
      'schema 1',
      { mediaType: 'application/vnd.docker.distribution.manifest.v1+json', bytes: Buffer.from('{}') },
      'no image manifest',
    ],
  ])('refuses %s', (_, manifest, why) => {
    try {
      parseManifest(manifest);
      expect.unreachable();
    } catch (error) {
      if (!TwinhullError.is(error, 'VerifyFailed')) throw error;
      expect(error.message).toContain(why);
      expect(error.message).toContain(digestOf(manifest.bytes));
    }
  });

  it('refuses an index that is an image too', () => {
    const both = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [], config: blob('x'), layers: [] };
    expect(() => parseIndex({ mediaType: mediaTypes.ociIndex, bytes: Buffer.from(JSON.stringify(both)) })).toThrow(
      /cannot be used/,
    );
  });
});

it('tells indexes by their media type', () => {
  expect(Object.values(mediaTypes).filter(isIndexMediaType)).toEqual([mediaTypes.ociIndex, mediaTypes.dockerIndex]);
});
