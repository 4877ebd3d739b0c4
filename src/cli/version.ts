import { readFileSync } from 'node:fs';
import { codeFolder } from '../code-folder.ts';

/** The version in package.json. */
export function version(): string {
  const text = readFileSync(new URL('../package.json', codeFolder), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
