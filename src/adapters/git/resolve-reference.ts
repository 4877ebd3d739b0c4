import { type GitReference, parseReference } from '../../domain/git-reference.ts';
import { quoted } from '../../domain/quoted.ts';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import { type GitRemoteOptions, listReferences, type RemoteReferences } from './call-remote.ts';
import { findCommits } from './find-commits.ts';

export interface ResolvedReference {
  readonly commit: string;
  /** Set where the user named a branch. */
  readonly branch?: string;
}

/**
 * The commit that a branch, tag, short hash or `HEAD` stands for on the server now. A branch wins over a tag of the
 * same name, and both over the beginning of a commit. A full commit is taken as it is, without asking.
 *
 * @throws ReferenceInvalid, RepositoryInvalid, CommitNotFound, GitAccessDenied, GitUnreachable, GitMissing
 */
export async function resolveReference(
  repository: string,
  reference: string,
  options: GitRemoteOptions = {},
): Promise<ResolvedReference> {
  const wanted = parseReference(reference);
  if (wanted.kind === 'commit') return { commit: wanted.commit };
  const listed = await listReferences(repository, patternsFor(wanted), options);
  const named = namedCommit(wanted, listed);
  if (named !== undefined) return named;
  if (wanted.kind === 'name' && wanted.mayBeCommit)
    return { commit: await commitByPrefix(repository, wanted.name.toLowerCase(), listed, options) };
  throw new TwinhullError(
    'CommitNotFound',
    `${repository} has no ${noun(wanted)} ${'name' in wanted ? quoted(wanted.name) : 'HEAD'}`,
  );
}

function patternsFor(wanted: GitReference): readonly string[] {
  if (!('name' in wanted)) return ['HEAD'];
  const { kind, name } = wanted;
  // The beginning of a commit is mostly that of a branch's or tag's.
  if (kind === 'name' && wanted.mayBeCommit) return ['refs/heads/*', 'refs/tags/*'];
  return [...(kind === 'tag' ? [] : [`refs/heads/${name}`]), ...(kind === 'branch' ? [] : [`refs/tags/${name}`])];
}

function namedCommit(
  wanted: GitReference,
  { commits, defaultBranch }: RemoteReferences,
): ResolvedReference | undefined {
  if (wanted.kind === 'head') return found(commits.get('HEAD'), defaultBranch);
  if (!('name' in wanted)) return undefined;
  const branch = wanted.kind === 'tag' ? undefined : found(commits.get(`refs/heads/${wanted.name}`), wanted.name);
  const tag = wanted.kind === 'branch' ? undefined : found(commits.get(`refs/tags/${wanted.name}`), undefined);
  return branch ?? tag;
}

function found(commit: string | undefined, branch: string | undefined): ResolvedReference | undefined {
  return commit === undefined ? undefined : { commit, ...(branch !== undefined && { branch }) };
}

async function commitByPrefix(
  repository: string,
  prefix: string,
  { commits }: RemoteReferences,
  options: GitRemoteOptions,
): Promise<string> {
  const tips = [...new Set(commits.values())].filter((commit) => commit.startsWith(prefix));
  const candidates = tips.length > 0 ? tips : await findCommits(repository, prefix, options);
  const [commit, second] = candidates;
  if (commit === undefined)
    throw new TwinhullError(
      'CommitNotFound',
      `${repository} has no branch or tag ${quoted(prefix)}, and no commit that begins so`,
    );
  if (second === undefined) return commit;
  throw new TwinhullError(
    'ReferenceInvalid',
    `${prefix} is ambiguous in ${repository}: ${candidates.slice(0, 5).join(', ')} begin so`,
    {
      hint: 'give more digits of the commit',
    },
  );
}

function noun({ kind }: GitReference): string {
  return kind === 'name' ? 'branch or tag' : kind === 'head' ? 'commit at' : kind;
}
