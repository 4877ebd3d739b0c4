import { shortCommit } from './commit.ts';
import type { Destination } from './plan.ts';
import { type Platform, platformSuffix } from './platform.ts';

/** Where a text with placeholders occurs: a name (tag, path, stage), a build argument, or an input of a script. */
export type PlaceholderPlace = 'name' | 'argument' | 'script';

/** What is known about a build when its recipe is resolved. */
export interface PlaceholderValues {
  readonly commit: string;
  /** Undefined if the user named no branch. */
  readonly branch?: string | undefined;
  readonly platform?: Platform | undefined;
  readonly destination?: Pick<Destination, 'repository' | 'region'> | undefined;
}

interface Placeholder {
  readonly places: readonly PlaceholderPlace[];
  /** Whether the value depends on the platform. */
  readonly byPlatform?: true;
  /** Undefined if unknown. */
  readonly value: (values: PlaceholderValues) => string | undefined;
}

const everywhere = ['name', 'argument', 'script'] as const;
const texts = ['argument', 'script'] as const;
const suffix = ({ platform }: PlaceholderValues) => platform && platformSuffix(platform);

/** The only table of placeholders; docs/recipes.md documents it. */
const placeholders = {
  commit: { places: everywhere, value: ({ commit }) => commit },
  short: { places: everywhere, value: ({ commit }) => shortCommit(commit) },
  branch: { places: everywhere, value: ({ branch }) => (branch === undefined ? undefined : branchTag(branch)) },
  platform: { places: everywhere, byPlatform: true, value: suffix },
  arch: { places: everywhere, byPlatform: true, value: suffix },
  machine: {
    places: everywhere,
    byPlatform: true,
    value: ({ platform }) => platform && (platform === 'linux/arm64' ? 'aarch64' : 'x86_64'),
  },
  registry: { places: texts, value: ({ destination }) => destination?.repository.split('/')[0] },
  repository: { places: texts, value: ({ destination }) => destination?.repository.split('/').slice(1).join('/') },
  region: { places: texts, value: ({ destination }) => destination?.region },
  tag: { places: ['script'], value: () => undefined },
} as const satisfies Record<string, Placeholder>;

/** What may stand in braces in a recipe: docs/recipes.md. */
type PlaceholderName = keyof typeof placeholders;

const table: ReadonlyMap<string, Placeholder> = new Map(Object.entries(placeholders));

/**
 * A word in braces, unless a `$` or another brace makes it the syntax of another tool. A backslash makes it literal.
 */
const form = /(\\?)(?<![${])\{([A-Za-z][A-Za-z0-9_-]*)\}(?!\})/g;

/** Placeholders that the job fills in, as a whole argument or variable of a script: the tag contains the job's key. */
const filledByJob = /^\{(?:tag|repository|region|commit|registry)\}$/;

/** What is wrong with the placeholders of a text, undefined if nothing is. */
export function placeholderProblem(text: string, place: PlaceholderPlace): string | undefined {
  const known = [...table].flatMap(([name, { places }]) => (places.includes(place) ? [name] : []));
  const found = [...text.matchAll(form)].map(([whole, backslash, name = '']) => ({ whole, name, isOwn: !backslash }));
  const unknown = found.find(({ isOwn, name }) => isOwn && !known.includes(name));
  if (unknown !== undefined) {
    const literal = place === 'name' ? '' : `; a literal one has a backslash: \\${unknown.whole}`;
    return `${unknown.whole} is not a placeholder; known are ${known.map((name) => `{${name}}`).join(' ')}${literal}`;
  }
  if (place !== 'script') return undefined;
  if (found.some(({ name, isOwn }) => isOwn && name === 'tag') && text !== '{tag}')
    return `${JSON.stringify(text)}: {tag} is filled in only where it is the whole text`;
  if (text.startsWith('\\') && filledByJob.test(text.slice(1)))
    return `${JSON.stringify(text)}: ${text.slice(1)} is filled in only where it is the whole text`;
  return undefined;
}

/** Fills in placeholders, except for those that the job fills in. Lists the names of those without a value. */
export function fillPlaceholders(
  text: string,
  place: PlaceholderPlace,
  values: PlaceholderValues,
): { readonly text: string; readonly unknown: readonly string[] } {
  if (place === 'script' && filledByJob.test(text)) return { text, unknown: [] };
  const unknown: string[] = [];
  const filled = text.replace(form, (whole: string, backslash: string, name: string) => {
    if (backslash !== '') return whole.slice(1);
    const placeholder = table.get(name);
    if (!placeholder?.places.includes(place)) return whole;
    const value = placeholder.value(values);
    if (value === undefined) unknown.push(name);
    return value ?? whole;
  });
  return { text: filled, unknown };
}

/** Whether the text differs between platforms. */
export function variesByPlatform(text: string): boolean {
  return [...text.matchAll(form)].some(
    ([, backslash, name = '']) => !backslash && table.get(name)?.byPlatform === true,
  );
}

/** Whether the text has this placeholder. */
export function holds(text: string, name: PlaceholderName): boolean {
  return text.includes(`{${name}}`);
}

/** `feature/a b` -> `feature-a-b`: the form of a branch that registries allow in a tag. */
export function branchTag(branch: string): string {
  return branch.replace(/[^A-Za-z0-9_.-]+/g, '-').replace(/^[.-]+/, '');
}

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
