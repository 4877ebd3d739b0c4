import {
  type Attempt,
  type Build,
  type BuiltImage,
  hasLeftovers,
  inPlanOrder,
  isEnded,
  type Job,
  type TagMove,
} from '../../domain/build.ts';
import type { Failure } from '../../domain/failure.ts';
import type { Plan } from '../../domain/plan.ts';
import type { WhenBusy } from '../../domain/queue-policy.ts';
import type { BuildSummary } from '../../ports/build-store.ts';
import type { AttemptRow, BuildRow, ImageRow, JobRow, TagRow } from './schema.ts';

/** Conversion of builds to table rows and back. */

/** The build's own row; jobs, images and tags have tables of their own. */
export function toBuildRow(build: Build, plan: Plan): BuildRow {
  return {
    ...toBuildChange(build),
    id: build.id,
    key: build.key,
    plan_json: JSON.stringify(plan),
    ...constants(build),
  };
}

function constants(build: Build) {
  return {
    recipe: build.recipe,
    repository: build.repository,
    commit_sha: build.commit,
    reference: build.reference,
    branch: build.branch ?? null,
    submitted_by: build.submittedBy ?? null,
    subject: build.subject ?? null,
    author: build.author ?? null,
    destination: build.destination,
    force: flag(build.force),
    wait_seconds: build.timeouts.waitSeconds,
    run_seconds: build.timeouts.runSeconds,
    created_at: build.createdAt,
  };
}

/** The columns that change over a build's life. */
export function toBuildChange(build: Build) {
  const live = !isEnded(build);
  return {
    version: build.version,
    state: build.state,
    live: flag(live),
    open: flag(live || hasLeftovers(build)),
    updated_at: build.updatedAt,
    finished_at: build.finishedAt ?? null,
    cancel_requested_at: build.cancelRequestedAt ?? null,
    failure_json: json(build.failure),
    waiting_for: build.waitingFor ?? null,
    waits_behind: build.queue?.behind ?? null,
    when_busy: build.queue?.whenBusy ?? null,
    superseded_by: build.supersededBy ?? null,
  };
}

/** `position` keeps the order of the plan. */
export function toJobRow(buildId: string, job: Job, position: number): JobRow {
  return {
    build_id: buildId,
    platform: job.platform,
    position,
    state: job.state,
    first_attempt: job.firstAttempt,
    failure_json: json(job.failure),
  };
}

/** Values that are not known yet are null. */
export function toAttemptRow(buildId: string, platform: string, attempt: Attempt): AttemptRow {
  return {
    build_id: buildId,
    platform,
    number: attempt.number,
    name: attempt.name,
    state: attempt.state,
    intended_at: attempt.intendedAt,
    sent_at: attempt.sentAt,
    uncertain: flag(attempt.uncertain),
    duplicates_json: JSON.stringify(attempt.duplicates),
    backend_id: attempt.backendId ?? null,
    job_key: attempt.jobKey ?? null,
    started_at: attempt.startedAt ?? null,
    finished_at: attempt.finishedAt ?? null,
    exit_code: attempt.exitCode ?? null,
    waiting_for: attempt.waitingFor ?? null,
    missing_since: attempt.missingSince ?? null,
    stopping_json: json(attempt.stopping),
    phases_json: JSON.stringify(attempt.phases),
    failure_json: json(attempt.failure),
    pushed_json: json(attempt.pushed),
    bases_json: json(attempt.bases),
    programs_json: json(attempt.programs),
    released: flag(attempt.released),
  };
}

/** `position` keeps the order in which images were read back. */
export function toImageRow(buildId: string, image: BuiltImage, position: number): ImageRow {
  return {
    build_id: buildId,
    position,
    image: image.image,
    platform: image.platform,
    staging_tag: image.stagingTag,
    digest: image.digest,
    media_type: image.mediaType,
    size: image.size,
    bases_json: json(image.bases),
    content_json: json(image.content),
  };
}

/** `position` keeps the order of the plan. */
export function toTagRow(buildId: string, move: TagMove, position: number): TagRow {
  return {
    build_id: buildId,
    tag: move.tag,
    position,
    image: move.image,
    kind: move.kind,
    platforms_json: JSON.stringify(move.platforms),
    moving: flag(move.moving),
    old_digest: move.oldDigest ?? null,
    new_digest: move.newDigest,
    state: move.state,
  };
}

/** The inverse of the functions above: a stored build reads back as it was. */
export function fromBuildRow(
  row: Omit<BuildRow, 'plan_json'>,
  parts: {
    jobs: readonly JobRow[];
    attempts: readonly AttemptRow[];
    images: readonly ImageRow[];
    tags: readonly TagRow[];
  },
): Build {
  const jobs = parts.jobs.map((job) => ({
    platform: job.platform as Job['platform'],
    state: job.state as Job['state'],
    firstAttempt: job.first_attempt,
    failure: parsed<Failure>(job.failure_json),
    attempts: parts.attempts.filter((attempt) => attempt.platform === job.platform).map(fromAttemptRow),
  }));
  return {
    ...fromSummaryRow(row, []),
    key: row.key,
    version: row.version,
    force: row.force === 1,
    timeouts: { waitSeconds: row.wait_seconds, runSeconds: row.run_seconds },
    updatedAt: row.updated_at,
    cancelRequestedAt: row.cancel_requested_at ?? undefined,
    failure: parsed(row.failure_json),
    waitingFor: row.waiting_for ?? undefined,
    jobs,
    // Earlier versions numbered the images in the order of their read-back.
    images: inPlanOrder(jobs, parts.images.map(fromImageRow)),
    tags: parts.tags.map(fromTagRow),
  };
}

type SummaryRow = Pick<
  BuildRow,
  | (
      | 'id'
      | 'state'
      | 'recipe'
      | 'repository'
      | 'commit_sha'
      | 'reference'
      | 'destination'
      | 'created_at'
      | 'finished_at'
    )
  | ('branch' | 'submitted_by' | 'subject' | 'author')
  | ('waits_behind' | 'when_busy' | 'superseded_by')
>;

/** An entry of a list, without columns that only a whole build needs. */
export function fromSummaryRow(row: SummaryRow, jobs: BuildSummary['jobs']): BuildSummary {
  return {
    id: row.id,
    state: row.state as Build['state'],
    recipe: row.recipe,
    repository: row.repository,
    commit: row.commit_sha,
    reference: row.reference,
    destination: row.destination,
    createdAt: row.created_at,
    finishedAt: row.finished_at ?? undefined,
    queue: queuePlace(row),
    supersededBy: row.superseded_by ?? undefined,
    branch: row.branch ?? undefined,
    submittedBy: row.submitted_by ?? undefined,
    subject: row.subject ?? undefined,
    author: row.author ?? undefined,
    jobs,
  };
}

function queuePlace({ waits_behind: behind, when_busy: whenBusy }: SummaryRow): BuildSummary['queue'] {
  return behind === null || whenBusy === null ? undefined : { behind, whenBusy: whenBusy as WhenBusy };
}

function fromAttemptRow(row: AttemptRow): Attempt {
  return {
    number: row.number,
    name: row.name,
    state: row.state as Attempt['state'],
    intendedAt: row.intended_at,
    sentAt: row.sent_at,
    uncertain: row.uncertain === 1,
    duplicates: JSON.parse(row.duplicates_json) as string[],
    backendId: row.backend_id ?? undefined,
    jobKey: row.job_key ?? undefined,
    startedAt: row.started_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
    exitCode: row.exit_code ?? undefined,
    waitingFor: row.waiting_for ?? undefined,
    missingSince: row.missing_since ?? undefined,
    stopping: parsed(row.stopping_json),
    phases: JSON.parse(row.phases_json) as Attempt['phases'],
    failure: parsed(row.failure_json),
    pushed: parsed(row.pushed_json),
    bases: parsed(row.bases_json),
    programs: parsed(row.programs_json),
    released: row.released === 1,
  };
}

function fromImageRow(row: ImageRow): BuiltImage {
  return {
    image: row.image,
    platform: row.platform as BuiltImage['platform'],
    stagingTag: row.staging_tag,
    digest: row.digest,
    mediaType: row.media_type,
    size: row.size,
    bases: parsed(row.bases_json),
    content: parsed(row.content_json),
  };
}

function fromTagRow(row: TagRow): TagMove {
  return {
    tag: row.tag,
    image: row.image,
    kind: row.kind as TagMove['kind'],
    platforms: JSON.parse(row.platforms_json) as TagMove['platforms'],
    moving: row.moving === 1,
    oldDigest: row.old_digest ?? undefined,
    newDigest: row.new_digest,
    state: row.state as TagMove['state'],
  };
}

function flag(value: boolean): number {
  return value ? 1 : 0;
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function parsed<T>(text: string | null): T | undefined {
  return text === null ? undefined : (JSON.parse(text) as T);
}
