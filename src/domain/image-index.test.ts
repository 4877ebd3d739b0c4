import { describe, expect, it } from 'vitest';
import { imageBlob, imageManifest } from '../../test/helpers/image-documents.ts';
import { type ManifestBytes, mediaTypes, parseIndex } from './image-document.ts';
import { assembleIndex, isOfPlatform, requireDescribed, selectPlatform } from './image-index.ts';
import { digestOf } from './image-reference.ts';

function index(manifests: readonly object[], mediaType: string = mediaTypes.ociIndex): ManifestBytes {
  return { mediaType, bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, manifests })) };
}

const dockerArm = { platform: 'linux/arm64', manifest: imageManifest(mediaTypes.dockerManifest, 'arm') } as const;
const dockerAmd = { platform: 'linux/amd64', manifest: imageManifest(mediaTypes.dockerManifest, 'amd') } as const;
const ociAmd = { platform: 'linux/amd64', manifest: imageManifest(mediaTypes.ociManifest, 'amd') } as const;

describe('assembleIndex', () => {
  it('assembles a Docker manifest list from Docker images', () => {
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

  it('assembles an OCI index from mixed images, each with its own media type', () => {
    const made = assembleIndex([dockerArm, ociAmd]);
    expect(made.mediaType).toBe(mediaTypes.ociIndex);
    expect(parseIndex(made).map(({ mediaType }) => mediaType)).toEqual([
      mediaTypes.dockerManifest,
      mediaTypes.ociManifest,
    ]);
  });

  it('produces equal bytes for equal children, in the given order', () => {
    expect(assembleIndex([dockerArm, ociAmd]).bytes).toEqual(assembleIndex([dockerArm, ociAmd]).bytes);
    expect(assembleIndex([ociAmd, dockerArm]).digest).not.toBe(assembleIndex([dockerArm, ociAmd]).digest);
  });

  it('refuses an index as a child, two images for one platform, and an empty list', () => {
    const nested = { platform: 'linux/arm64', manifest: assembleIndex([dockerArm]) } as const;
    expect(() => assembleIndex([nested, ociAmd])).toThrow(/is not an image manifest/);
    expect(() => assembleIndex([dockerAmd, ociAmd])).toThrow(/two images for linux\/amd64/);
    expect(() => assembleIndex([])).toThrow(/at least one/);
  });
});

describe('selectPlatform', () => {
  it('finds the image and skips attestations', () => {
    const attestation = {
      ...imageBlob('att', mediaTypes.ociManifest),
      platform: { os: 'unknown', architecture: 'unknown' },
    };
    const arm = {
      ...imageBlob('arm', mediaTypes.ociManifest),
      platform: { os: 'linux', architecture: 'arm64', variant: 'v8' },
    };
    expect(selectPlatform(index([attestation, arm]), 'linux/arm64')).toMatchObject({ digest: arm.digest, size: 3 });
    expect(selectPlatform(index([attestation, arm]), 'linux/amd64')).toBeUndefined();
  });

  it('skips a nested index and children without a platform', () => {
    const nested = { ...imageBlob('n', mediaTypes.ociIndex), platform: { os: 'linux', architecture: 'arm64' } };
    expect(selectPlatform(index([nested, imageBlob('x', mediaTypes.ociManifest)]), 'linux/arm64')).toBeUndefined();
  });

  it('skips images that require more than the platform, and refuses two different equal matches', () => {
    const child = (name: string, architecture: string, variant?: string) => ({
      ...imageBlob(name, mediaTypes.ociManifest),
      platform: { os: 'linux', architecture, ...(variant !== undefined && { variant }) },
    });
    const amd = child('amd', 'amd64');
    expect(selectPlatform(index([child('v3', 'amd64', 'v3'), amd]), 'linux/amd64')).toMatchObject({
      digest: amd.digest,
    });
    expect(selectPlatform(index([amd, amd]), 'linux/amd64')).toMatchObject({ digest: amd.digest });
    expect(() => selectPlatform(index([amd, child('v1', 'amd64', 'v1')]), 'linux/amd64')).toThrow(/two images/);
  });
});

it.each([
  [{ os: 'linux', architecture: 'arm64', variant: 'v8' }, true],
  [{ os: 'linux', architecture: 'arm64', variant: '' }, true],
  [{ os: 'linux', architecture: 'arm64', variant: 'v9' }, false],
  [{ os: 'linux', architecture: 'ARM64' }, false],
  [{ os: 'windows', architecture: 'arm64' }, false],
  [undefined, false],
])('%j is for linux/arm64: %s', (platform, expected) => {
  expect(isOfPlatform(platform, 'linux/arm64')).toBe(expected);
});

it('requires a child to match its descriptor in the index', () => {
  const { manifest } = ociAmd;
  const described = { mediaType: manifest.mediaType, digest: digestOf(manifest.bytes), size: manifest.bytes.length };
  requireDescribed(described, manifest);
  for (const wrong of [{ size: described.size + 1 }, { mediaType: mediaTypes.dockerManifest }, imageBlob('x')])
    expect(() => requireDescribed({ ...described, ...wrong }, manifest)).toThrow(/the index describes/);
});
