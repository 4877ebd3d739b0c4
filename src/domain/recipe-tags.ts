import { shortCommit } from './commit.ts';
import { type Platform, platformSuffix } from './platform.ts';

/** What a tag's placeholders may stand for. */
export const tagPlaceholders = ['commit', 'short', 'branch', 'platform'] as const;

export interface TagValues {
  readonly commit: string;
  /** Undefined where the user named no branch; then tags that hold `{branch}` are left out. */
  readonly branch?: string | undefined;
}

const tagForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const placeholder = /\{([^{}]*)\}/g;

/** Why a registry or Twinhull does not take this tag, undefined where both do. */
export function tagProblem(tag: string): string | undefined {
  if (tag.length > 128) return 'it is longer than 128 characters';
  if (!tagForm.test(tag)) return 'a tag is letters, digits, _ . and -, and begins with a letter, digit or _';
  const reserved = ['staging-', 'cache-'].find((prefix) => tag.startsWith(prefix));
  return reserved === undefined ? undefined : `tags that begin with ${reserved} belong to Twinhull itself`;
}

/** Why the template can never give a valid tag, undefined where it can. */
export function templateProblem(template: string): string | undefined {
  for (const [whole, name = ''] of template.matchAll(placeholder)) {
    if (!(tagPlaceholders as readonly string[]).includes(name)) {
      return `${whole} stands for nothing; there are ${tagPlaceholders.map((known) => `{${known}}`).join(' ')}`;
    }
  }
  return tagProblem(fillTag(template, sampleValues, 'linux/amd64') ?? '');
}

/** Two templates of the same text give the same tag; so do these samples. */
export const sampleValues: TagValues = { commit: 'c'.repeat(40), branch: 'branch' };

/** The tag, or undefined when it asks for a branch and none was named. */
export function fillTag(template: string, values: TagValues, platform: Platform | undefined): string | undefined {
  if (holds(template, 'branch') && values.branch === undefined) return undefined;
  const filled: Record<string, string> = {
    commit: values.commit,
    short: shortCommit(values.commit),
    branch: branchTag(values.branch ?? ''),
    platform: platform === undefined ? '' : platformSuffix(platform),
  };
  return template.replace(placeholder, (whole, name: string) => filled[name] ?? whole);
}

export function holds(template: string, name: (typeof tagPlaceholders)[number]): boolean {
  return template.includes(`{${name}}`);
}

/** Whether each commit gets a tag of its own, so that no later build has to move it. */
export function namesCommit(template: string): boolean {
  return holds(template, 'commit') || holds(template, 'short');
}

/** Whether later builds are meant to move the tag, where the recipe does not say. */
export function movesByDefault(template: string): boolean {
  return !namesCommit(template) && (holds(template, 'branch') || /^latest(?:-|$)/.test(template));
}

/** `feature/a b` -> `feature-a-b`: a branch as registries allow it in a tag. */
function branchTag(branch: string): string {
  return branch.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[.-]+/, '');
}
