import type { Build } from '../../domain/build.ts';
import { formatDuration } from '../../domain/duration.ts';
import type { Failure } from '../../domain/failure.ts';
import { errorCatalogue } from '../../errors/catalogue.ts';

/** Body of a new commit status: https://docs.github.com/en/rest/commits/statuses#create-a-commit-status */
export interface CommitStatus {
  readonly state: 'pending' | 'success' | 'failure' | 'error';
  /** By which it replaces the one before. */
  readonly context: string;
  readonly description: string;
  readonly target_url?: string;
}

export interface CommitStatusOptions {
  /** Under which the API is reached; undefined where nobody said. */
  readonly publicUrl: string | undefined;
  /** The service's own. The context of a build into another one names that, so that neither hides the other. */
  readonly destination: string | undefined;
}

/** In characters: GitHub takes no longer description. */
const longest = 140;

/**
 * How a build stands, as GitHub shows it beside the commit. `failure` is the commit's own fault, `error` is not: a
 * machine or registry failed, or somebody stopped it. The description is fit for a public repository: no host, no log.
 */
export function commitStatus(build: Build, { publicUrl, destination }: CommitStatusOptions): CommitStatus {
  const { state, description } = standing(build);
  const elsewhere = build.destination === destination ? '' : ` (${build.destination})`;
  return {
    state,
    // Not of how many recipes there are: rules that protect a branch name it, and another recipe must not change it.
    context: `twinhull/${build.recipe}${elsewhere}`,
    description: description.length > longest ? `${description.slice(0, longest - 1)}…` : description,
    ...(publicUrl !== undefined && { target_url: `${publicUrl.replace(/\/+$/, '')}/v1/builds/${build.id}` }),
  };
}

function standing(build: Build): Pick<CommitStatus, 'state' | 'description'> {
  switch (build.state) {
    case 'building':
      return { state: 'pending', description: `building ${build.jobs.map(({ platform }) => platform).join(' and ')}` };
    case 'publishing':
      return { state: 'pending', description: 'every platform is built; its tags are being put' };
    case 'published': {
      const seconds = ((build.finishedAt ?? build.updatedAt) - build.createdAt) / 1000;
      return { state: 'success', description: `published in ${formatDuration(seconds)}` };
    }
    case 'cancelled':
      return { state: 'error', description: 'cancelled' };
    case 'failed':
      return {
        state: build.failure?.infrastructure === true ? 'error' : 'failure',
        description: build.failure === undefined ? 'failed' : failureText(build.failure),
      };
  }
}

function failureText({ code, platform, phase }: Failure): string {
  const where = [platform, phase && `phase ${phase}`].filter(Boolean).join(', ');
  return `${where === '' ? '' : `${where}: `}${errorCatalogue[code].summary} (${code})`;
}
