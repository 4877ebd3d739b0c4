import { readFile } from 'node:fs/promises';

/** The text of builder.sh, which lies beside this file in the source and in the package alike. */
export function builderScript(): Promise<string> {
  return readFile(new URL('./builder.sh', import.meta.url), 'utf8');
}
