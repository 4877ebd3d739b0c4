import type { BaseImage } from './base-image.ts';
import type { BuiltImage, Stopping, TagMove } from './build.ts';
import type { CacheUse } from './cache-use.ts';
import type { CommitLabels } from './commit.ts';
import type { Failure, PhaseSpan } from './failure.ts';
import type { ProgramFinding } from './image-content.ts';
import type { Phase } from './phase.ts';
import type { Platform } from './platform.ts';
import type { WhenBusy } from './queue-policy.ts';
import type { TagOwner } from './tag-ownership.ts';

/**
 * Everything that can happen to a build. The history of a build is the list of its events, and this one stream feeds
 * the terminal, plain logs, pages and metrics. docs/events.md is checked against `eventCatalogue`.
 *
 * `by` is the name of the API token that requested it, or `github:{delivery}/{pusher}` for a push; it is absent for the
 * command line.
 */
export type BuildEvent =
  | {
      readonly type: 'build.created';
      readonly commit: string;
      readonly recipe: string;
      readonly platforms: readonly Platform[];
      readonly by?: string | undefined;
    }
  | { readonly type: 'build.waiting'; readonly behind: string; readonly whenBusy: WhenBusy }
  | { readonly type: 'build.started' }
  | JobEvent<'job.intended', { readonly name: string }>
  | JobEvent<'job.send-unknown', { readonly reason: string }>
  | JobEvent<'job.resent'>
  | JobEvent<'job.queued', { readonly backendId: string; readonly adopted: boolean }>
  | JobEvent<'job.waiting', { readonly reason: string }>
  | JobEvent<'job.started', { readonly startedAt: number; readonly jobKey: string }>
  | JobEvent<
      'job.phase',
      { readonly phase: Phase; readonly image?: string; readonly status: 'begin' | 'end'; readonly exitCode?: number }
    >
  | JobEvent<'job.note', { readonly text: string }>
  | JobEvent<'job.commit', CommitLabels>
  | JobEvent<'job.cache', { readonly image: string } & CacheUse>
  | JobEvent<'job.restarted', { readonly reason: string }>
  | JobEvent<'job.missing'>
  | JobEvent<'job.found'>
  | JobEvent<'job.stopping', { readonly why: Stopping['why'] }>
  | JobEvent<'job.ended', JobOutcome>
  | JobEvent<'job.released'>
  | JobEvent<'job.duplicate-terminated', { readonly backendId: string }>
  | { readonly type: 'job.succeeded'; readonly platform: Platform; readonly images: readonly BuiltImage[] }
  | { readonly type: 'job.failed'; readonly platform: Platform; readonly failure: Failure }
  | { readonly type: 'job.stopped'; readonly platform: Platform }
  | { readonly type: 'job.attempt-failed'; readonly platform: Platform; readonly failure: Failure }
  | { readonly type: 'publish.started' }
  | { readonly type: 'publish.planned'; readonly tags: readonly TagMove[] }
  | {
      readonly type: 'publish.tag-taken';
      readonly tag: string;
      /** Null if no record showed who owned it. */
      readonly previousOwner: TagOwner | null;
    }
  | { readonly type: 'publish.tag-put'; readonly tag: string; readonly digest: string }
  | { readonly type: 'publish.tag-kept'; readonly tag: string; readonly digest: string }
  | { readonly type: 'publish.refused'; readonly failure: Failure }
  | { readonly type: 'publish.tag-reverted'; readonly tag: string }
  | { readonly type: 'publish.waiting'; readonly reason: string }
  | { readonly type: 'build.tags-appeared'; readonly tags: readonly string[] }
  | { readonly type: 'build.published' }
  | { readonly type: 'build.failed'; readonly failure: Failure }
  | {
      readonly type: 'build.promoted';
      readonly tag: string;
      readonly digest: string;
      readonly oldDigest?: string | undefined;
      /** Set if force took the tag from another owner; null if no record showed who owned it. */
      readonly previousOwner?: TagOwner | null | undefined;
      readonly by?: string | undefined;
    }
  | {
      readonly type: 'build.cancel-requested';
      readonly by?: string | undefined;
      readonly supersededBy?: string | undefined;
    }
  | { readonly type: 'build.cancelled' }
  | { readonly type: 'build.superseded'; readonly supersededBy: string }
  | {
      readonly type: 'build.retried';
      readonly platforms: readonly Platform[];
      readonly by?: string | undefined;
    };

type JobEvent<Type extends string, Fields = unknown> = {
  readonly type: Type;
  readonly platform: Platform;
  readonly attempt: number;
} & Fields;

/** How an attempt ended. `finishedAt` is in milliseconds since the Unix epoch. */
export interface JobOutcome {
  readonly result: 'succeeded' | 'failed' | 'stopped';
  readonly finishedAt: number;
  readonly exitCode?: number;
  readonly phases: readonly PhaseSpan[];
  readonly failure?: Failure;
  /** Digest that the job reports for each image it pushed, by image name. */
  readonly pushed?: Readonly<Record<string, string>>;
  /** The bases that the job reports for each image, by image name. */
  readonly bases?: Readonly<Record<string, readonly BaseImage[]>>;
  /** What the job reports of the programs in each image, by image name. */
  readonly programs?: Readonly<Record<string, ProgramFinding>>;
}

/** The stable name of an event, as in docs/events.md. */
export type BuildEventType = BuildEvent['type'];

/** An event as it was recorded: `sequence` orders all events of a store, without gaps that matter. */
export interface RecordedEvent {
  readonly sequence: number;
  readonly buildId: string;
  readonly at: number;
  readonly event: BuildEvent;
}
