import { expect, it } from 'vitest';
import { FakeRegistry } from '../../../../test/helpers/fake-registry.ts';
import { builderContractLabel, contractVersion } from '../../../builder/contract.ts';
import { TwinhullError } from '../../../domain/errors/twinhull-error.ts';
import { assembleIndex } from '../../../domain/image-index.ts';
import { platforms } from '../../../domain/platform.ts';
import { checkDefinitionImage } from './definition-image-check.ts';

const repository = '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/twinhull-builder';
const older = String(contractVersion - 1);

/** A registry with an index for both platforms. @returns its digest */
async function pushBoth(registry: FakeRegistry, tag: string, contract: string): Promise<string> {
  const children = platforms.map((platform) => {
    const digest = registry.push(`${tag}-${platform.slice(6)}`, platform, tag, { [builderContractLabel]: contract });
    return { platform, manifest: registry.peekManifest(digest)! };
  });
  const index = assembleIndex(children);
  await registry.putManifest(tag, index);
  return index.digest;
}

const check = (registry: FakeRegistry, image: string) =>
  checkDefinitionImage('builder image', image, (opened) => {
    expect(opened).toBe(repository);
    return registry;
  });

it('accepts an image of both platforms for the jobs of this version, by tag or digest', async () => {
  const registry = new FakeRegistry();
  const digest = await pushBoth(registry, 'latest', String(contractVersion));
  for (const image of [repository, `${repository}:latest`, `${repository}@${digest}`, `${repository}:29@${digest}`])
    expect(await check(registry, image)).toEqual([{ name: 'builder image', status: 'ok', detail: image }]);
});

it('warns once of an image that is older than the script', async () => {
  const registry = new FakeRegistry();
  await pushBoth(registry, '28', older);
  const expected = `${repository}:28 is for jobs of contract ${older}; this version needs contract ${contractVersion}`;
  expect(await check(registry, `${repository}:28`)).toMatchObject([{ status: 'warning', detail: expected }]);
});

it('reports an image that does not exist, and one that lacks a platform', async () => {
  const registry = new FakeRegistry();
  registry.push('29', 'linux/amd64', 'alone');
  expect(await check(registry, `${repository}:none`)).toMatchObject([
    { status: 'problem', detail: `there is no image ${repository}:none: jobs cannot start` },
  ]);
  expect(await check(registry, `${repository}:29`)).toMatchObject([
    { status: 'problem', detail: `${repository}:29 has no image for linux/arm64: its jobs cannot start` },
  ]);
});

it('warns where it may not read the image, and reports a registry that does not respond', async () => {
  const registry = new FakeRegistry();
  registry.down = true;
  expect(await check(registry, `${repository}:1`)).toMatchObject([{ status: 'problem', code: 'RegistryUnreachable' }]);
  registry.down = false;
  registry.fault = () => {
    throw new TwinhullError('RegistryAccessDenied', 'the registry refused to read it');
  };
  expect(await check(registry, `${repository}:1`)).toMatchObject([
    { status: 'warning', advice: expect.stringContaining('ecr:BatchGetImage') },
  ]);
});

it.each(['docker:cli', 'public.ecr.aws/docker/library/docker:cli', 'registry.example.com/builder:1'])(
  'leaves %s alone',
  async (image) => {
    expect(await check(new FakeRegistry(), image)).toEqual([]);
  },
);
