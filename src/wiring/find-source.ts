import { detectRepository } from '../adapters/git/detect-repository.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import type { Settings } from '../settings/settings.ts';

/** What a user specifies of a build; the settings and the working folder supply the rest. */
export interface PlanOptions {
  readonly recipe?: string | undefined;
  readonly repository?: string | undefined;
  /** Branch, tag, or commit of 7 to 40 digits. */
  readonly reference?: string | undefined;
  readonly destination?: string | undefined;
}

/**
 * What to build: as the user and the settings name it, otherwise repository and commit of the working folder.
 *
 * @throws ArgumentInvalid, RepositoryInvalid, CommitNotFound, GitMissing
 */
export async function findSource(
  options: PlanOptions,
  settings: Pick<Settings, 'repository'>,
  cwd: string,
): Promise<{ readonly repository: string; readonly reference: string }> {
  const here = await standingIn(options, settings, cwd);
  const repository = options.repository ?? settings.repository ?? here.repository;
  return { repository, reference: options.reference ?? here.commit };
}

/** Repository and commit of the working folder, where the user named none. */
async function standingIn(options: PlanOptions, settings: Pick<Settings, 'repository'>, cwd: string) {
  const repositoryKnown = (options.repository ?? settings.repository) !== undefined;
  if (repositoryKnown && options.reference !== undefined) return { repository: '', commit: '' };
  if (repositoryKnown) {
    throw new TwinhullError('ArgumentInvalid', 'no commit was named', {
      hint: 'add --ref with a branch, a tag or a commit',
    });
  }
  return detectRepository(cwd);
}
