import type * as z from 'zod';
import { quoted } from '../domain/quoted.ts';
import type { RecipePath, RecipeProblem } from './recipe-problem.ts';

type Issue = z.core.$ZodIssue;

/** Zod's issues in the recipe's own words; `input` is what was parsed, to show the value at fault. */
export function schemaProblems(issues: readonly Issue[], input: unknown, base: RecipePath = []): RecipeProblem[] {
  return issues.flatMap((issue) => issueProblems(issue, input, [...base, ...pathOf(issue)]));
}

function issueProblems(issue: Issue, input: unknown, path: RecipePath): RecipeProblem[] {
  const value = valueAt(input, pathOf(issue));
  if (issue.code === 'unrecognized_keys') return unknownKeys(issue, path);
  if (issue.code === 'invalid_union') return unionProblems(issue, value, path);
  if (issue.code === 'invalid_type') return [{ path, reason: typeReason(issue, value) }];
  if (issue.code === 'invalid_key')
    return [{ path, reason: issue.issues.map(({ message }) => message).join('; '), key: true }];
  return [{ path, reason: withValue(issue.message, value) }];
}

/** `strictObject` gives one line per key. */
function unknownKeys(issue: z.core.$ZodIssueUnrecognizedKeys, path: RecipePath): RecipeProblem[] {
  const reasons = issue.message.split('\n');
  return issue.keys.map((key, index) => ({ path: [...path, key], reason: reasons[index] ?? 'unknown key', key: true }));
}

/** Of the alternatives, the one whose outer form fits says best what is wrong. */
function unionProblems(issue: z.core.$ZodIssueInvalidUnion, value: unknown, path: RecipePath): RecipeProblem[] {
  const fitting = issue.errors.filter(
    (issues) => !issues.some(({ code, path: inner }) => code === 'invalid_type' && inner.length === 0),
  );
  const [best] = fitting;
  if (best !== undefined) return schemaProblems(best, value, path);
  const forms = issue.errors
    .flat()
    .flatMap((alternative) => ('expected' in alternative ? [typeName(String(alternative.expected))] : []));
  return [{ path, reason: `expected ${forms.join(' or ')}, got ${describe(value)}` }];
}

function typeReason(issue: z.core.$ZodIssueInvalidType, value: unknown): string {
  if (!issue.message.startsWith('Invalid input')) return withValue(issue.message, value);
  if (value === undefined) return 'is missing';
  return `expected ${typeName(issue.expected)}, got ${describe(value)}`;
}

function withValue(reason: string, value: unknown): string {
  return value === undefined || typeof value === 'object' ? reason : `${shown(value)}: ${reason}`;
}

function describe(value: unknown): string {
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : shown(value);
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

function shown(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : String(value);
}
