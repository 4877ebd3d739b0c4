import { readFile } from 'node:fs/promises';

/**
 * Every variable of the job contract, from the table in src/builder/contract.ts, with `{n}` for each number:
 * `TWINHULL_STEP_{n}_ARG_{n}`. `setBy` names what sets it if that is not a plan.
 */
export async function contractVariables(): Promise<readonly { readonly name: string; readonly setBy?: string }[]> {
  const text = await readFile(new URL('../../src/builder/contract.ts', import.meta.url), 'utf8');
  const rows = text.split('\n').filter((line) => line.startsWith(' * | `TWINHULL_'));
  return rows.flatMap((row) => {
    const words = [...row.matchAll(/`(TWINHULL_[A-Z0-9_{}a-z]+|_[A-Z0-9_{}a-z]+)`/g)].map(([, word = '']) => word);
    const prefix = /^TWINHULL_STEP_\{n\}/.exec(words[0] ?? '')?.[0] ?? 'TWINHULL';
    const setBy = /set by ([^:]+):/.exec(row)?.[1];
    // A variable of another row may be named as well; `{ID}` is that of a script.
    const own = words.filter((word, index) => index === 0 || word.startsWith('_') || !word.includes('{ID}'));
    return own.map((word) => ({
      name: (word.startsWith('_') ? prefix + word : word).replaceAll(/\{[a-z]\}/g, '{n}'),
      ...(setBy !== undefined && { setBy }),
    }));
  });
}

/** The name with `{n}` for each number, as in the table. */
export function withoutNumbers(name: string): string {
  return name.replaceAll(/(?<=_)\d+(?=_|$)/g, '{n}');
}
