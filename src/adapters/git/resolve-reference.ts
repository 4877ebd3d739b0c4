import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { type GitReference, parseReference } from '../../domain/git-reference.ts';
import { quoted } from '../../domain/quoted.ts';
import type { GitRemoteOptions } from './call-remote.ts';
import { fetchCommit } from './fetch-commit.ts';
import { findCommits } from './find-commits.ts';
import { listReferences, type RemoteReferences } from './list-references.ts';

/** The commit that a reference pointed to when it was resolved, 40 hexadecimal digits. */
export interface ResolvedReference {
  readonly commit: string;
  /** Set if the user named a branch. */
  readonly branch?: string;
  /** The full name, if the user named a tag or another reference. */
  readonly ref?: string;
}

/**
 * The commit that a branch, tag, other reference, short hash or `HEAD` currently names on the server. A branch precedes
 * a tag of the same name, and both precede a short hash. A full commit is returned without a call to the server.
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
  const named = namesOf(wanted).find((name) => listed.commits.has(name));
  if (named !== undefined) return referenceAt(named, repository, listed, options);
  if (wanted.kind === 'name' && wanted.mayBeCommit)
    return { commit: await commitByPrefix(repository, wanted.name.toLowerCase(), listed, options) };
  throw new TwinhullError(
    'CommitNotFound',
    `${repository} has no ${noun(wanted)} ${'name' in wanted ? quoted(wanted.name) : 'HEAD'}`,
  );
}

function patternsFor(wanted: GitReference): readonly string[] {
  // A short hash is mostly that of a branch's or tag's commit.
  if (wanted.kind === 'name' && wanted.mayBeCommit) return ['refs/heads/*', 'refs/tags/*'];
  return namesOf(wanted);
}

/** Full names that it can mean, in order of precedence. */
function namesOf(wanted: GitReference): readonly string[] {
  switch (wanted.kind) {
    case 'branch':
      return [`refs/heads/${wanted.name}`];
    case 'tag':
      return [`refs/tags/${wanted.name}`];
    case 'name':
      return [`refs/heads/${wanted.name}`, `refs/tags/${wanted.name}`];
    case 'ref':
      return [wanted.name];
    case 'head':
      return ['HEAD'];
    case 'commit':
      return [];
  }
}

async function referenceAt(
  name: string,
  repository: string,
  { commits, defaultBranch }: RemoteReferences,
  options: GitRemoteOptions,
): Promise<ResolvedReference> {
  const branch = name === 'HEAD' ? defaultBranch : /^refs\/heads\/(.+)$/.exec(name)?.[1];
  const commit = commits.get(name);
  if (commit === undefined || (name !== 'HEAD' && branch === undefined))
    return { commit: await fetchCommit(repository, name, options), ref: name };
  return { commit, ...(branch !== undefined && { branch }) };
}

async function commitByPrefix(
  repository: string,
  prefix: string,
  listed: RemoteReferences,
  options: GitRemoteOptions,
): Promise<string> {
  const tips = [...listed.commits].filter(([, commit]) => commit.startsWith(prefix));
  const ids = new Set(tips.map(([, commit]) => commit));
  const candidates = ids.size > 0 ? [...ids] : await findCommits(repository, prefix, options);
  const [commit, second] = candidates;
  if (commit === undefined)
    throw new TwinhullError(
      'CommitNotFound',
      `${repository} has no branch or tag ${quoted(prefix)}, and no commit with this prefix`,
    );
  const [tip] = tips[0] ?? [];
  if (second === undefined)
    return tip === undefined ? commit : (await referenceAt(tip, repository, listed, options)).commit;
  throw new TwinhullError(
    'ReferenceInvalid',
    `${prefix} is ambiguous in ${repository}: ${candidates.slice(0, 5).join(', ')} match`,
    {
      hint: 'give more digits of the commit',
    },
  );
}

function noun({ kind }: GitReference): string {
  if (kind === 'name') return 'branch or tag';
  if (kind === 'ref') return 'reference';
  return kind === 'head' ? 'commit at' : kind;
}
