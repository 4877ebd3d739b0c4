import { BatchDeleteImageCommand, ECRClient } from '@aws-sdk/client-ecr';
import { mockClient } from 'aws-sdk-client-mock';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { mockFaults } from '../../../../lab/aws-model/checked-mock.ts';
import { EcrApi } from './ecr-api.ts';

/** A stub inside the SDK's client, with responses in the shapes of the API's model: emulators delete nothing. */
const ecr = mockClient(ECRClient);
const api = new EcrApi({ region: 'us-gov-west-1', account: '123456789012' });
const digest = `sha256:${'a'.repeat(64)}`;

beforeEach(() => {
  ecr.reset();
});

afterEach(async () => {
  expect(await mockFaults(ecr)).toEqual([]);
});

function answer(failures: readonly { failureCode: 'ImageNotFound' | 'ImageReferencedByManifestList' }[]): void {
  ecr.on(BatchDeleteImageCommand).resolves({
    imageIds: [],
    failures: failures.map(({ failureCode }) => ({ failureCode, failureReason: `because of ${failureCode}` })),
  });
}

it.each([
  [{ tag: 'staging-app-arm64-1' }, { imageTag: 'staging-app-arm64-1' }],
  [{ digest }, { imageDigest: digest }],
])('deletes only %j of the image', async (image, imageId) => {
  answer([]);
  await api.deleteImage('vecoli', image);
  expect(ecr.commandCalls(BatchDeleteImageCommand).map(({ args }) => args[0].input)).toEqual([
    { repositoryName: 'vecoli', registryId: '123456789012', imageIds: [imageId] },
  ]);
});

it('succeeds for an image that is already gone', async () => {
  answer([{ failureCode: 'ImageNotFound' }]);
  await expect(api.deleteImage('vecoli', { digest })).resolves.toBeUndefined();
});

it('reports that an index still references the image', async () => {
  answer([{ failureCode: 'ImageReferencedByManifestList' }]);
  await expect(api.deleteImage('vecoli', { digest })).rejects.toMatchObject({
    code: 'RegistryRefused',
    message: `cannot delete vecoli@${digest} from ECR in us-gov-west-1: because of ImageReferencedByManifestList (ImageReferencedByManifestList)`,
  });
});

it('reports credentials that lack permission to delete', async () => {
  const error = Object.assign(new Error('not authorized'), { name: 'AccessDeniedException' });
  ecr.on(BatchDeleteImageCommand).rejects(error);
  await expect(api.deleteImage('vecoli', { digest })).rejects.toMatchObject({ code: 'RegistryAccessDenied' });
});
