import type { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Removal } from './prune-plan.ts';

/** A failure that did not stop the rest. */
export interface PruneProblem {
  /** A repository; or a tag, image or build. */
  readonly what: string;
  readonly error: TwinhullError;
}

/** The removals that failed, and what follows from that. */
export interface Failed {
  readonly problems: PruneProblem[];
  /** Those that do not delete or do not answer: no further requests go to them. */
  readonly repositories: Set<string>;
  /** Those that kept something that was to be removed: their builds stay as a record of it. */
  readonly troubled: Set<string>;
}

/** Adds a failure. */
export function note(failed: Failed, removal: Removal, error: TwinhullError): void {
  failed.problems.push({ what: nameOf(removal), error });
  if (!('repository' in removal)) return;
  failed.troubled.add(removal.repository);
  // A single refusal may concern one image that is still referenced; any other refusal applies to all removals.
  if (error.code !== 'RegistryRefused') failed.repositories.add(removal.repository);
}

/** Whether a failure before keeps this removal from being tried. */
export function isBlocked(removal: Removal, { repositories, troubled }: Failed): boolean {
  if (removal.kind === 'build') return troubled.has(removal.repository);
  return 'repository' in removal && repositories.has(removal.repository);
}

/** Identifies a removal among others. */
export function idOf(removal: Removal): string {
  return `${removal.kind} ${nameOf(removal)}`;
}

/** The name that a person would use for it. */
export function nameOf(removal: Removal): string {
  switch (removal.kind) {
    case 'tag':
      return `${removal.repository}:${removal.tag}`;
    case 'image':
      return `${removal.repository}@${removal.digest}`;
    case 'logs':
    case 'build':
      return removal.build;
  }
}
