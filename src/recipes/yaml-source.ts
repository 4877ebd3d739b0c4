import {
  type CST,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  Parser,
  parseAllDocuments,
  visit,
} from 'yaml';
import type { LocatedProblem, Position, RecipePath, RecipeProblem } from './recipe-problem.ts';

const mostCharacters = 256 * 1024;
const mostProblems = 100;
const deepest = 32;
const mostNodes = 20_000;

/** Parsed YAML that still knows where in the text each value is. */
export interface YamlSource {
  /** Plain data; undefined if there are `problems`. */
  readonly data: unknown;
  readonly problems: readonly LocatedProblem[];
  /** Adds line and column to a problem found in `data`. */
  readonly locate: (problem: RecipeProblem) => LocatedProblem;
  /** The author's text at a path that YAML reads as a number, a boolean or null. */
  readonly sourceOf: (path: RecipePath) => string | undefined;
}

/** Reads one YAML 1.2 document with the position of each of its parts. Never throws. */
export function readYaml(text: string): YamlSource {
  if (text.length > mostCharacters)
    return broken([{ path: [], reason: `a recipe has at most ${mostCharacters} characters` }]);
  const excess = shapeProblem(text);
  if (excess !== undefined) return broken([{ path: [], reason: excess }]);
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const [document, second] = Array.isArray(documents) ? documents : [];
  if (document === undefined) return broken([{ path: [], reason: 'the recipe is empty' }]);
  const at = (offset: number): Position => positionAt(lines, offset);
  if (second !== undefined) {
    return broken([{ path: [], reason: 'a file holds one recipe, not several', position: at(second.range[0]) }]);
  }
  const problems = [
    ...[...document.errors, ...document.warnings].map(({ message, pos }) => ({
      path: [],
      reason: firstLine(message),
      position: at(pos[0]),
    })),
    ...textKeys(document).map(({ offset, reason }) => ({ path: [], reason, position: at(offset) })),
  ];
  if (problems.length > 0) return broken(problems.slice(0, mostProblems));
  const locate = (problem: RecipeProblem): LocatedProblem => {
    const offset = offsetOf(document, problem);
    return { ...problem, position: offset === undefined ? undefined : at(offset) };
  };
  return { ...plainData(document), locate, sourceOf: (path) => sourceAt(document, path) };
}

/** Limits the depth first, because the parser builds its tree recursively. */
function shapeProblem(text: string): string | undefined {
  let count = 0;
  for (const root of new Parser().parse(text)) {
    const open: { readonly token: CST.Token; readonly depth: number }[] = [{ token: root, depth: 0 }];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { token, depth } = next;
      if (depth > deepest) return `a recipe has at most ${deepest} levels`;
      if (++count > mostNodes) return `a recipe has at most ${mostNodes} values`;
      if (token.type === 'document' && token.value !== undefined) open.push({ token: token.value, depth });
      if (!('items' in token)) continue;
      for (const { key, value } of token.items)
        for (const inner of [key, value]) if (inner != null) open.push({ token: inner, depth: depth + 1 });
    }
  }
  return undefined;
}

interface BadKey {
  readonly offset: number;
  readonly reason: string;
}

/** Makes each key the text that the author wrote (`NO`, `1.10`), and finds those that plain objects would lose. */
function textKeys(document: Document): BadKey[] {
  const found: BadKey[] = [];
  visit(document, {
    // The parser itself compares each key with every other, which takes seconds for a file designed for that.
    Map: (_, { items }) => {
      const seen = new Set<string>();
      for (const { key } of items) {
        const reason = keyProblem(key, seen);
        if (reason !== undefined) found.push({ offset: (isNode(key) ? startOf(key) : undefined) ?? 0, reason });
      }
    },
  });
  return found;
}

function keyProblem(key: unknown, seen: Set<string>): string | undefined {
  if (!isScalar(key)) return 'a key is plain text';
  if (typeof key.value !== 'string') key.value = key.source ?? String(key.value);
  const name = String(key.value);
  if (name === '__proto__') return 'unknown key "__proto__"';
  if (seen.has(name)) return 'map keys must be unique';
  seen.add(name);
  return undefined;
}

function plainData(document: Document): Pick<YamlSource, 'data' | 'problems'> {
  try {
    return { data: document.toJS({ maxAliasCount: 100 }), problems: [] };
  } catch (error) {
    return {
      data: undefined,
      problems: [{ path: [], reason: error instanceof Error ? firstLine(error.message) : 'cannot be read' }],
    };
  }
}

function broken(problems: readonly LocatedProblem[]): YamlSource {
  return { data: undefined, problems, locate: (problem) => problem, sourceOf: () => undefined };
}

function firstLine(message: string): string {
  const line = message.split('\n')[0] ?? '';
  return line.charAt(0).toLowerCase() + line.slice(1);
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

/** The offset of a path, or of its deepest existing part: for a missing key, of the mapping that lacks it. */
function offsetOf(document: Document, { path, key }: RecipeProblem): number | undefined {
  let node: Node | null = document.contents;
  let offset = startOf(node);
  for (const [index, part] of path.entries()) {
    const pair = pairAt(node, part, document);
    if (pair === undefined) return offset;
    const atKey = pair.value === null || (key === true && index === path.length - 1);
    offset = (atKey ? startOf(pair.key) : startOf(pair.value)) ?? startOf(pair.key) ?? offset;
    node = pair.value;
  }
  return offset;
}

function sourceAt(document: Document, path: RecipePath): string | undefined {
  let node: Node | null | undefined = document.contents;
  for (const part of path) node = pairAt(node ?? null, part, document)?.value;
  const scalar = isAlias(node) ? node.resolve(document) : node;
  return isScalar(scalar) && typeof scalar.value !== 'string' ? scalar.source : undefined;
}

interface Entry {
  readonly key: Node | null;
  readonly value: Node | null;
}

function pairAt(node: Node | null, part: string | number, document: Document): Entry | undefined {
  const collection = isAlias(node) ? node.resolve(document) : node;
  if (!isCollection(collection)) return undefined;
  if (isSeq(collection)) {
    const item = collection.items[Number(part)];
    return item === undefined ? undefined : { key: null, value: item as Node };
  }
  if (!isMap(collection)) return undefined;
  const pair = collection.items.find(({ key }: Pair) => isScalar(key) && String(key.value) === String(part));
  return pair === undefined ? undefined : { key: pair.key as Node, value: pair.value as Node | null };
}

/** A block mapping starts at its first key, which is where a reader expects it. */
function startOf(node: Node | null): number | undefined {
  return node?.range?.[0];
}
