import fc from 'fast-check';
import type { BaseImage } from '../../src/domain/base-image.ts';
import {
  type Attempt,
  attemptName,
  type Build,
  type BuiltImage,
  buildStates,
  inPlanOrder,
  type Job,
  type TagMove,
} from '../../src/domain/build.ts';
import type { Failure, PhaseSpan } from '../../src/domain/failure.ts';
import { programFindings } from '../../src/domain/image-content.ts';
import { phases } from '../../src/domain/phase.ts';
import { type Platform, platforms } from '../../src/domain/platform.ts';
import { whenBusyPolicies } from '../../src/domain/queue-policy.ts';
import { sampleBuild, samplePlan } from './sample-builds.ts';

/** What names may contain: everything but NUL, which no validated value contains. */
const text = fc.string({ unit: 'binary', maxLength: 30 }).map((value) => value.replaceAll('\0', ''));
const time = fc.integer({ min: 0, max: 4_102_444_800_000 });
const count = fc.nat({ max: 1_000_000 });
const hundredths = count.map((value) => value / 100);
const digest = fc
  .string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 64, maxLength: 64 })
  .map((hex) => `sha256:${hex}`);
const platform = fc.constantFrom(...platforms);

const failure: fc.Arbitrary<Failure> = fc.record(
  {
    code: fc.constantFrom('JobFailed', 'JobLost', 'PublishFailed'),
    message: text,
    hint: text,
    infrastructure: fc.boolean(),
    platform,
    queue: text,
    phase: fc.constantFrom('contract', ...phases),
    image: text,
    reason: fc.constantFrom('step-failed', 'git-unreachable'),
    exitCode: fc.nat({ max: 255 }),
    backendReason: text,
    logTail: fc.array(text, { maxLength: 3 }),
  },
  { requiredKeys: ['code', 'message', 'hint', 'infrastructure'] },
);

const span: fc.Arbitrary<PhaseSpan> = fc.record(
  { phase: fc.constantFrom(...phases), image: text, startSeconds: hundredths, seconds: hundredths, exitCode: count },
  { requiredKeys: ['phase', 'startSeconds'] },
);

const bases: fc.Arbitrary<readonly BaseImage[]> = fc.array(
  fc.record({ reference: text, digest }, { requiredKeys: ['reference'] }),
  { maxLength: 2 },
);

const attempt: fc.Arbitrary<Omit<Attempt, 'number' | 'name'>> = fc.record(
  {
    state: fc.constantFrom('intended', 'queued', 'running', 'ended'),
    intendedAt: time,
    sentAt: time,
    uncertain: fc.boolean(),
    duplicates: fc.array(text, { maxLength: 3 }),
    phases: fc.array(span, { maxLength: 3 }),
    released: fc.boolean(),
    backendId: text,
    jobKey: text,
    startedAt: time,
    finishedAt: time,
    exitCode: fc.nat({ max: 255 }),
    waitingFor: text,
    bases: fc.dictionary(text, bases, { maxKeys: 2 }),
    programs: fc.dictionary(text, fc.constantFrom(...programFindings), { maxKeys: 2 }),
    missingSince: time,
    stopping: fc.record({
      at: time,
      why: fc.constantFrom('cancelled', 'sibling-failed', 'wait-timeout', 'run-timeout'),
    }),
    failure,
  },
  { requiredKeys: ['state', 'intendedAt', 'sentAt', 'uncertain', 'duplicates', 'phases', 'released'] },
);

const job: fc.Arbitrary<Omit<Job, 'attempts' | 'platform'> & { attempts: Omit<Attempt, 'number' | 'name'>[] }> =
  fc.record(
    {
      state: fc.constantFrom('pending', 'active', 'built', 'succeeded', 'failed', 'stopped'),
      firstAttempt: fc.integer({ min: 1, max: 9 }),
      attempts: fc.array(attempt, { maxLength: 3 }),
      failure,
    },
    { requiredKeys: ['state', 'firstAttempt', 'attempts'] },
  );

const image: fc.Arbitrary<BuiltImage> = fc.record(
  {
    image: text,
    platform,
    stagingTag: text,
    digest,
    mediaType: text,
    size: fc.maxSafeNat(),
    bases,
    content: fc.record({ layers: digest, programs: fc.constantFrom(...programFindings) }),
  },
  { requiredKeys: ['image', 'platform', 'stagingTag', 'digest', 'mediaType', 'size'] },
);

const move: fc.Arbitrary<TagMove> = fc.record(
  {
    tag: text,
    image: text,
    kind: fc.constantFrom('index', 'image'),
    platforms: fc.subarray([...platforms]),
    moving: fc.boolean(),
    oldDigest: digest,
    newDigest: digest,
    state: fc.constantFrom('planned', 'put', 'kept', 'reverted'),
  },
  { requiredKeys: ['tag', 'image', 'kind', 'platforms', 'moving', 'newDigest', 'state'] },
);

/** Any build that the types allow, reachable or not. */
export const arbitraryBuild: fc.Arbitrary<Build> = fc
  .record(
    {
      state: fc.constantFrom(...buildStates),
      recipe: text,
      repository: text,
      reference: text,
      force: fc.boolean(),
      timeouts: fc.record({ waitSeconds: count, runSeconds: count }),
      createdAt: time,
      updatedAt: time,
      finishedAt: time,
      cancelRequestedAt: time,
      queue: fc.record({ behind: text, whenBusy: fc.constantFrom(...whenBusyPolicies) }),
      supersededBy: text,
      branch: text,
      submittedBy: text,
      subject: text,
      author: text,
      failure,
      jobs: fc.tuple(job, job),
      images: fc.uniqueArray(image, { selector: (built) => `${built.image} ${built.platform}`, maxLength: 4 }),
      tags: fc.uniqueArray(move, { selector: (moved) => moved.tag, maxLength: 3 }),
    },
    {
      requiredKeys: [
        ...(['state', 'recipe', 'repository', 'reference', 'force', 'timeouts', 'createdAt', 'updatedAt'] as const),
        ...(['jobs', 'images', 'tags'] as const),
      ],
    },
  )
  .map((parts) => {
    const base = sampleBuild(samplePlan());
    const jobs = parts.jobs.map((given, index) => named(base.id, platforms[index] ?? 'linux/amd64', given));
    return { ...base, ...parts, jobs, images: inPlanOrder(jobs, parts.images) };
  });

function named(
  buildId: string,
  of: Platform,
  given: Omit<Job, 'attempts' | 'platform'> & { attempts: Omit<Attempt, 'number' | 'name'>[] },
): Job {
  const attempts = given.attempts.map((values, index) => ({
    ...values,
    number: index + 1,
    name: attemptName(buildId, of, index + 1),
  }));
  return { ...given, platform: of, attempts };
}
