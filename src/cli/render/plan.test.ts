import { expect, it } from 'vitest';
import { shownCommit } from '../../../test/helpers/shown-builds.ts';
import type { Plan, PlannedStep } from '../../domain/plan.ts';
import { renderPlan } from './plan.ts';

const task: PlannedStep = {
  image: 'task',
  build: { kind: 'script', path: 'build.sh', arguments: ['-i', '{tag}', "it's"], environment: { USER: 'sms-api' } },
  verify: [['python', '-c', 'import sim']],
};
const submit: PlannedStep = {
  image: 'submit',
  from: { image: 'task', argument: 'BASE' },
  build: {
    kind: 'dockerfile',
    dockerfile: { path: 'submit.Dockerfile' },
    context: '.',
    target: 'final',
    arguments: { NEXTFLOW: '24.10.5' },
    secrets: ['netrc'],
    cache: true,
  },
  verify: [],
};
const plan: Plan = {
  version: 1,
  recipe: { name: 'vecoli', preset: { name: 'vecoli', version: 1 } },
  source: {
    repository: 'https://git.example.com/lab/vecoli.git',
    commit: shownCommit,
    branch: 'main',
    submodules: true,
  },
  destination: { repository: 'registry.example.com/lab/vecoli', kind: 'oci', region: 'us-gov-west-1' },
  jobs: [
    { platform: 'linux/arm64', steps: [task] },
    { platform: 'linux/amd64', steps: [task, submit] },
  ],
  tags: [
    { tag: shownCommit, image: 'task', platforms: ['linux/arm64', 'linux/amd64'], kind: 'index', moving: false },
    { tag: 'latest', image: 'submit', platforms: ['linux/amd64'], kind: 'image', moving: true },
  ],
  timeouts: { waitSeconds: 1800, runSeconds: 5400 },
};

it('draws jobs, steps and tags as a tree', () => {
  expect(renderPlan(plan)).toBe(
    `vecoli (preset, version 1)
  commit  ${shownCommit} on main
  from    https://git.example.com/lab/vecoli.git, with submodules
  to      registry.example.com/lab/vecoli
  limits  each job waits at most 30m and runs at most 1h30m
  takes   unknown: the build store cannot be read

linux/arm64
└─ task
     script  build.sh -i {tag} 'it'\\''s'
     with    USER=sms-api
     verify  python -c 'import sim'

linux/amd64
├─ task
│    script  build.sh -i {tag} 'it'\\''s'
│    with    USER=sms-api
│    verify  python -c 'import sim'
└─ submit
     on      task, by digest, as build argument BASE
     file    submit.Dockerfile, context ., target final, cached in the registry
     arg     NEXTFLOW=24.10.5
     secret  netrc

publishes, in this order, when every job has succeeded
  ${shownCommit}  → task, an index over linux/arm64 and linux/amd64
  latest                                    → submit, linux/amd64, moves
`,
  );
});

const range = (median: number, p90: number) => ({ median, p90 });

it('shows how long it will take, and what is ahead', () => {
  const jobs = plan.jobs.map(({ platform }, at) => ({
    ...{ platform, runs: 12, waitingSeconds: range(12, 120), phases: [] },
    runSeconds: range(300 + at, 400),
  }));
  const text = renderPlan(plan, undefined, {
    builds: 12,
    live: 3,
    ahead: 2,
    buildSeconds: range(394, 520),
    cost: 0.0341,
    jobs,
  });
  expect(text).toContain(
    '\n  takes   about 6m34s, nine of ten at most 8m40s (from 12 builds)\n  costs   about 0.0341 for the hosts while its jobs run\n  ahead   2 builds with a tag',
  );
  expect(text).toContain('\nlinux/amd64  waits about 12s, runs 5m01s\n');
});

it('shows that nothing is known without history', () => {
  const text = renderPlan(plan, undefined, { builds: 0, live: 0, ahead: 0, buildSeconds: null, cost: null, jobs: [] });
  expect(text).toContain('takes   unknown: no such build of this recipe and repository was published yet\n');
  expect(text).not.toContain('ahead');
  expect(text).toContain('\nlinux/arm64\n');
});
