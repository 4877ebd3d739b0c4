import { detectRepository } from '../adapters/git/git-remote.ts';
import { TwinhullError } from '../errors/twinhull-error.ts';
import type { Settings } from '../settings/settings.ts';
import type { PlanOptions } from './prepare-plan.ts';

/**
 * What is to be built: as the user and the settings name it, else repository and commit of the folder they stand in.
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

/** Repository and commit of the folder, where the user named none. */
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
