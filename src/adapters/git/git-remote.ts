/** The interface of the git adapter. */
export type { GitRemoteOptions } from './call-remote.ts';
export { type DetectedRepository, detectRepository, originOf } from './detect-repository.ts';
export { type ResolvedReference, resolveReference } from './resolve-reference.ts';
