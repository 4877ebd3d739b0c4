import { parseRepository } from '../../domain/git-repository.ts';

/** A repository in the terms of GitHub's API. */
export interface GitHubRepository {
  readonly owner: string;
  readonly name: string;
}

/**
 * The repository of a clone URL, if it is on GitHub.
 * @param host `host[:port]` of GitHub's repositories
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

/** Its path, relative to the API's base URL. */
export function repositoryPath({ owner, name }: GitHubRepository): string {
  return `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
}
