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
export type PlaceholderName = keyof typeof placeholders;

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
