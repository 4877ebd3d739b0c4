/** One instruction of a Dockerfile, with its continued lines joined. */
export interface Instruction {
  /** In capitals. */
  readonly keyword: string;
  readonly rest: string;
  /** Number of its first line, from 1. */
  readonly line: number;
}

/**
 * The instructions of a Dockerfile (https://docs.docker.com/reference/dockerfile/), as far as Twinhull needs them:
 * variables are not expanded, and the text of here-documents is left out.
 */
export function readDockerfile(text: string): readonly Instruction[] {
  const escape = /^#[ \t]*escape[ \t]*=[ \t]*`[ \t]*$/im.test(text.split(/\r?\n(?!#)/)[0] ?? '') ? '`' : '\\';
  const instructions: Instruction[] = [];
  const lines = text.split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    let first: number | undefined;
    let joined = '';
    for (; index < lines.length; index++) {
      const line = lines[index] ?? '';
      if (/^\s*#/.test(line) || (joined !== '' && line.trim() === '')) continue;
      first ??= index;
      const isContinued = line.trimEnd().endsWith(escape);
      joined += isContinued ? `${line.trimEnd().slice(0, -1)} ` : line;
      if (!isContinued) break;
    }
    const [, keyword, rest = ''] = /^\s*([A-Za-z]+)(?:\s+(.*))?$/s.exec(joined) ?? [];
    if (keyword === undefined) continue;
    instructions.push({ keyword: keyword.toUpperCase(), rest: rest.trim(), line: (first ?? 0) + 1 });
    for (const end of hereDocuments(keyword, rest)) {
      do index++;
      while (index < lines.length && (lines[index] ?? '').replace(/^\t+/, '') !== end);
    }
  }
  return instructions;
}

function hereDocuments(keyword: string, rest: string): readonly string[] {
  if (!/^(?:RUN|COPY|ADD)$/i.test(keyword)) return [];
  return [...rest.matchAll(/(?<!<)<<-?(["']?)([A-Za-z_][A-Za-z0-9_]*)\1/g)].map(([, , name = '']) => name);
}

/** Paths that instructions copy or mount from the build context, relative to it; none with variables. */
export function contextSources(instructions: readonly Instruction[]): readonly string[] {
  const sources = instructions.flatMap(({ keyword, rest }) => {
    if (keyword === 'RUN') return mountSources(rest);
    return keyword === 'COPY' || keyword === 'ADD' ? copySources(rest) : [];
  });
  return [...new Set(sources.map((source) => source.replace(/^\/+|^(?:\.\/)+/, '') || '.'))];
}

function copySources(rest: string): readonly string[] {
  const [, flags = '', operands = ''] = /^((?:--\S+\s+)*)(.*)$/s.exec(rest) ?? [];
  if (flags.includes('--from=')) return [];
  return wordsOf(operands)
    .slice(0, -1)
    .filter((word) => !/[$]|^<<|^[a-z][a-z0-9+.-]*:\/\/|^git@/i.test(word));
}

function wordsOf(operands: string): readonly string[] {
  if (operands.startsWith('[')) {
    try {
      return (JSON.parse(operands) as unknown[]).map(String);
    } catch {
      return [];
    }
  }
  return operands.split(/\s+/).filter((word) => word !== '');
}

function mountSources(rest: string): readonly string[] {
  return mountsOf(rest).flatMap((mount) => {
    const fields = new Map(mount.split(',').map((field) => field.split('=', 2) as [string, string | undefined]));
    if ((fields.get('type') ?? 'bind') !== 'bind' || fields.has('from')) return [];
    const source = fields.get('source') ?? fields.get('src');
    return source === undefined || source.includes('$') ? [] : [source];
  });
}

/** The `--mount` options of a RUN. */
export function mountsOf(rest: string): readonly string[] {
  const [flags = ''] = /^(?:--\S+\s+)*/.exec(rest) ?? [];
  return [...flags.matchAll(/--mount=(\S+)/g)].map(([, mount = '']) => mount);
}
