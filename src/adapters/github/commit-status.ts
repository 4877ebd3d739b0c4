import type { Build } from '../../domain/build.ts';
import { formatDuration } from '../../domain/duration.ts';
import { errorCatalogue } from '../../domain/errors/catalogue.ts';
import type { Failure } from '../../domain/failure.ts';

/** Body of a new commit status: https://docs.github.com/en/rest/commits/statuses#create-a-commit-status */
export interface CommitStatus {
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  /** A new status replaces the previous one of the same context. */
  readonly context: string;
  readonly description: string;
  readonly target_url?: string;
}

/** What a status links to, and which destination it need not name. */
export interface CommitStatusOptions {
  /** The API's public URL; undefined where it is not set. */
  readonly publicUrl: string | undefined;
  /** The service's own destination. The context of a build for another one names it, so that both stay visible. */
  readonly destination: string | undefined;
}

/** In characters: GitHub accepts no longer description. */
const longest = 140;

/**
 * The state of a build as a commit status. `failure` means that the commit is at fault; `error` means that it is not: a
 * machine or registry failed, or the build was cancelled. The description is fit for the public: no host, no log.
 */
export function commitStatus(build: Build, { publicUrl, destination }: CommitStatusOptions): CommitStatus {
  const { state, description } = statusOf(build);
  const elsewhere = build.destination === destination ? '' : ` (${build.destination})`;
  return {
    state,
    // Independent of the number of recipes: branch protection rules refer to it, and another recipe must not change it.
    context: `twinhull/${build.recipe}${elsewhere}`,
    description: description.length > longest ? `${description.slice(0, longest - 1)}…` : description,
    ...(publicUrl !== undefined && { target_url: `${publicUrl.replace(/\/+$/, '')}/v1/builds/${build.id}` }),
  };
}

function statusOf(build: Build): Pick<CommitStatus, 'state' | 'description'> {
  switch (build.state) {
    case 'waiting':
      return { state: 'pending', description: named('waiting for build', build.queue?.behind) };
    case 'building':
      return { state: 'pending', description: `building ${build.jobs.map(({ platform }) => platform).join(' and ')}` };
    case 'publishing':
      return { state: 'pending', description: 'all platforms verified; publishing' };
    case 'published': {
      const seconds = ((build.finishedAt ?? build.updatedAt) - build.createdAt) / 1000;
      return { state: 'success', description: `published in ${formatDuration(seconds)}` };
    }
    case 'cancelled':
      return { state: 'error', description: 'cancelled' };
    case 'superseded':
      return { state: 'error', description: named('superseded by build', build.supersededBy) };
    case 'failed':
      return {
        state: build.failure?.infrastructure === true ? 'error' : 'failure',
        description: build.failure === undefined ? 'failed' : failureText(build.failure),
      };
  }
}

function named(text: string, id: string | undefined): string {
  return id === undefined ? text : `${text} ${id}`;
}

function failureText({ code, platform, phase }: Failure): string {
  const where = [platform, phase && `phase ${phase}`].filter(Boolean).join(', ');
  return `${where === '' ? '' : `${where}: `}${errorCatalogue[code].summary} (${code})`;
}
