import { readFile } from 'node:fs/promises';

/** The text of builder.sh, which lies beside this file in the source and in the package alike. */
export function builderScript(): Promise<string> {
  return readFile(new URL('./builder.sh', import.meta.url), 'utf8');
}

/**
 * The same without comment lines, blank lines and indentation, for where room is short: an AWS Batch job definition
 * holds 24 KiB. Safe because builder.sh has no text that goes over several lines and begins one with a blank or `# `.
 */
export function withoutComments(script: string): string {
  const lines = script.split('\n').map((line) => line.trimStart());
  return `${lines.filter((line) => line !== '' && line !== '#' && !line.startsWith('# ')).join('\n')}\n`;
}
