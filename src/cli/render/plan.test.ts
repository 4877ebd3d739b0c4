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
