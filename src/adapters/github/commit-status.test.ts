import { expect, it } from 'vitest';
import { sampleFailure } from '../../../test/helpers/announced.ts';
import { sampleBuild, samplePlan } from '../../../test/helpers/sample-builds.ts';
import type { Build } from '../../domain/build.ts';
import { errorCatalogue } from '../../domain/errors/catalogue.ts';
import { commitStatus } from './commit-status.ts';

const plan = samplePlan();
const options = { publicUrl: 'https://builds.example/', destination: plan.destination.repository };
const status = (change: Partial<Build>) => commitStatus(sampleBuild(plan, { id: '0mh2k3v9abcd', ...change }), options);

it.each([
  ['building', {}, 'pending', 'building linux/arm64 and linux/amd64'],
  ['publishing', {}, 'pending', 'all platforms verified; publishing'],
  ['published', { createdAt: 1_000, finishedAt: 75_000 }, 'success', 'published in 1m14s'],
  ['cancelled', {}, 'error', 'cancelled'],
  [
    'waiting',
    { queue: { behind: '0mh2k3v90000', whenBusy: 'queue-newest' } },
    'pending',
    'waiting for build 0mh2k3v90000',
  ],
  ['superseded', { supersededBy: '0mh2k3v9zzzz' }, 'error', 'superseded by build 0mh2k3v9zzzz'],
  ['failed', { failure: sampleFailure }, 'failure', 'linux/arm64, phase build: a phase of a job failed (JobFailed)'],
  [
    'failed',
    { failure: { code: 'PublishFailed', message: 'host:5000 said no', hint: '', infrastructure: true } },
    'error',
    'the registry refused to publish (PublishFailed)',
  ],
] as const)('describes a build that is %s', (state, change, shown, description) => {
  expect(status({ state, ...change })).toEqual({
    state: shown,
    description,
    context: 'twinhull/sample',
    target_url: 'https://builds.example/v1/builds/0mh2k3v9abcd',
  });
});

it('names a destination other than the service’s own, and omits an address that is not set', () => {
  const build = sampleBuild(plan, { destination: 'other.example/model' });
  expect(commitStatus(build, options).context).toBe('twinhull/sample (other.example/model)');
  expect(commitStatus(build, { ...options, publicUrl: undefined })).not.toHaveProperty('target_url');
});

it('keeps every description within GitHub’s limit', () => {
  for (const code of Object.keys(errorCatalogue) as (keyof typeof errorCatalogue)[]) {
    const { description } = status({ state: 'failed', failure: { ...sampleFailure, code } });
    expect(description.length).toBeLessThanOrEqual(140);
  }
});
