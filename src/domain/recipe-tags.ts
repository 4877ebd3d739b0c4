import type { Platform } from './platform.ts';
import { fillPlaceholders, holds, type PlaceholderValues, placeholderProblem } from './recipe-placeholders.ts';

/** Without a branch, tags that contain `{branch}` are left out. */
export type TagValues = Pick<PlaceholderValues, 'commit' | 'branch'>;

const tagForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** Why a registry or Twinhull refuses this tag, undefined if both accept it. */
export function tagProblem(tag: string): string | undefined {
  if (tag.length > 128) return 'it is longer than 128 characters';
  if (!tagForm.test(tag)) return 'a tag is letters, digits, _ . and -, and begins with a letter, digit or _';
  const reserved = reservedPrefix(tag);
  return reserved === undefined ? undefined : `tags that begin with ${reserved} are reserved for Twinhull`;
}

/** Why the template can never give a valid tag, undefined if it can. */
export function templateProblem(template: string): string | undefined {
  return placeholderProblem(template, 'name') ?? tagProblem(fillTag(template, sampleValues, 'linux/amd64') ?? '');
}

/** Sample values to compare templates by: equal templates give equal tags. */
export const sampleValues: TagValues = { commit: 'c'.repeat(40), branch: 'branch' };

/** The tag, or undefined when it needs a branch and none was given. */
export function fillTag(template: string, values: TagValues, platform: Platform | undefined): string | undefined {
  const { text, unknown } = fillPlaceholders(template, 'name', { ...values, platform });
  return unknown.includes('branch') ? undefined : text;
}

/** Whether each commit gets its own tag, so that no later build has to move it. */
export function namesCommit(template: string): boolean {
  return holds(template, 'commit') || holds(template, 'short');
}

/** Whether later builds are meant to move the tag, if the recipe does not specify it. */
export function movesByDefault(template: string): boolean {
  return !namesCommit(template) && (holds(template, 'branch') || /^latest(?:-|$)/.test(template));
}

/** The prefix reserved for tags that jobs push, if the tag has one. */
export function reservedPrefix(tag: string): string | undefined {
  return ['staging-', 'cache-'].find((prefix) => tag.startsWith(prefix));
}
