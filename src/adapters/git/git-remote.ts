/** What the rest of Twinhull asks of git. */
export type { GitRemoteOptions } from './call-remote.ts';
export { type DetectedRepository, detectRepository, originOf } from './detect-repository.ts';
export { type ResolvedReference, resolveReference } from './resolve-reference.ts';
