import type * as z from 'zod';
import { quoted } from '../domain/quoted.ts';
import type { RecipePath, RecipeProblem } from './recipe-problem.ts';

type Issue = z.core.$ZodIssue;

/** The author's text of a value that YAML does not read as text (`3.10`, `010`), by path; undefined if unknown. */
export type SourceOf = (path: RecipePath) => string | undefined;

/** Where values of a schema's problems come from, so that messages can show them as written. */
export interface ProblemSource {
  /** What was parsed, to show the invalid value. */
  readonly input: unknown;
  /** Where `input` is in the recipe. @default its root */
  readonly base?: RecipePath;
  readonly sourceOf?: SourceOf | undefined;
}

/** Translates Zod's issues into problems of the recipe. */
export function schemaProblems(
  issues: readonly Issue[],
  { input, base = [], sourceOf }: ProblemSource,
): RecipeProblem[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...pathOf(issue)];
    return issueProblems(issue, { value: valueAt(input, pathOf(issue)), source: sourceOf?.(path), path, sourceOf });
  });
}

interface Place {
  readonly path: RecipePath;
  readonly value: unknown;
  /** As the author wrote it. */
  readonly source: string | undefined;
  readonly sourceOf: SourceOf | undefined;
}

function issueProblems(issue: Issue, place: Place): RecipeProblem[] {
  const { path } = place;
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue, path);
  if (issue.code === 'invalid_union') return unionProblems(issue, place);
  if (issue.code === 'invalid_type') return [{ path, reason: typeReason(issue, place) }];
  if (issue.code === 'invalid_key')
    return [{ path, reason: issue.issues.map(({ message }) => message).join('; '), key: true }];
  return [{ path, reason: withValue(issue.message, place) }];
}

/** The message of `strictObject` has one line per key. */
function unknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys, path: RecipePath): RecipeProblem[] {
  const reasons = issue.message.split('\n');
  return issue.keys.map((key, index) => ({ path: [...path, key], reason: reasons[index] ?? 'unknown key', key: true }));
}

/** Among the alternatives, the one whose outer type fits describes the problem best. */
function unionProblems(issue: z.core.$ZodIssueInvalidUnion, place: Place): RecipeProblem[] {
  const { path, value, sourceOf } = place;
  const fitting = issue.errors.filter(
    (issues) => !issues.some(({ code, path: inner }) => code === 'invalid_type' && inner.length === 0),
  );
  const [best] = fitting;
  if (best !== undefined) return schemaProblems(best, { input: value, base: path, sourceOf });
  const forms = issue.errors
    .flat()
    .flatMap((alternative) => ('expected' in alternative ? [String(alternative.expected)] : []));
  return [{ path, reason: wrongType(forms, place) }];
}

function typeReason(issue: z.core.$ZodIssueInvalidType, place: Place): string {
  if (!issue.message.startsWith('Invalid input')) return withValue(issue.message, place);
  if (place.value === undefined) return 'is missing';
  return wrongType([issue.expected], place);
}

function wrongType(expected: readonly string[], place: Place): string {
  const quote =
    expected.includes('string') && place.source !== undefined ? `; put it in quotes: '${place.source}'` : '';
  return `expected ${expected.map(typeName).join(' or ')}, got ${describe(place)}${quote}`;
}

function withValue(reason: string, place: Place): string {
  return place.value === undefined || typeof place.value === 'object' ? reason : `${shown(place)}: ${reason}`;
}

function describe(place: Place): string {
  const { value, source } = place;
  if (value === null) return source === undefined || source === '' ? 'nothing' : source;
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : shown(place);
}

function typeName(expected: string): string {
  const names: Partial<Record<string, string>> = {
    string: 'text',
    object: 'a mapping',
    record: 'a mapping',
    array: 'a list',
    boolean: 'true or false',
  };
  return names[expected] ?? expected;
}

function pathOf(issue: Issue): RecipePath {
  return issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
}

function valueAt(input: unknown, path: RecipePath): unknown {
  return path.reduce<unknown>((value, part) => {
    return typeof value === 'object' && value !== null && Object.hasOwn(value, part)
      ? (value as Record<string | number, unknown>)[part]
      : undefined;
  }, input);
}

function shown({ value, source }: Place): string {
  return typeof value === 'string' ? quoted(value) : (source ?? String(value));
}
