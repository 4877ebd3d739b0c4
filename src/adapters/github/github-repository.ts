import { parseRepository } from '../../domain/git-repository.ts';

/** A repository as GitHub's API names it. */
export interface GitHubRepository {
  readonly owner: string;
  readonly name: string;
}

/**
 * The repository that a clone URL names, where it is one of GitHub's.
 * @param host `host[:port]` of its repositories
 * @throws RepositoryInvalid
 */
export function gitHubRepository(url: string, host: string): GitHubRepository | undefined {
  const { host: own, pathname } = new URL(parseRepository(url));
  const [owner, name, ...rest] = pathname
    .slice(1)
    .replace(/\.git$/, '')
    .split('/');
  return own !== host || !owner || !name || rest.length > 0 ? undefined : { owner, name };
}

/** Its address below the API's. */
export function repositoryPath({ owner, name }: GitHubRepository): string {
  return `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
}
