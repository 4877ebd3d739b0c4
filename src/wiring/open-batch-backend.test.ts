import { expect, it } from 'vitest';
import { systemClock } from '../ports/clock.ts';
import { loadSettings } from '../settings/settings.ts';
import { openBackend } from './open-backend.ts';

const complete = {
  TWINHULL_SETTINGS_FILE: '/dev/null',
  TWINHULL_BACKEND: 'aws',
  BUILD_ARM64_QUEUE: 'vecoli-build-arm64',
  BUILD_AMD64_QUEUE: 'vecoli-build-amd64',
  BUILD_JOB_DEFINITION: 'vecoli-dind-build',
};

it('opens AWS Batch if it is configured', async () => {
  const backend = await openBackend(loadSettings(complete), systemClock);
  expect(backend.name).toBe('aws-batch');
  expect(backend.features.settleMilliseconds).toBe(60_000);
  backend.close();
});

it('passes on the settle time of an unanswered submit', async () => {
  const backend = await openBackend(loadSettings({ ...complete, TWINHULL_SETTLE_SECONDS: '5' }), systemClock);
  expect(backend.features.settleMilliseconds).toBe(5_000);
  backend.close();
});

it('names every missing setting', async () => {
  const settings = loadSettings({ ...complete, BUILD_ARM64_QUEUE: '', BUILD_JOB_DEFINITION: '' });
  await expect(openBackend(settings, systemClock)).rejects.toMatchObject({
    code: 'SettingInvalid',
    message: 'the aws backend cannot be used: BUILD_ARM64_QUEUE, BUILD_JOB_DEFINITION are not set',
    hint: expect.stringContaining('outputs of the stack'),
  });
});
