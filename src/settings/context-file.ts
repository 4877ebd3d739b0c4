import { readFileSync } from 'node:fs';
import path from 'node:path';
import { systemCodeOf } from '../domain/errors/system-code.ts';
import { reasonOf, TwinhullError } from '../domain/errors/twinhull-error.ts';

/**
 * The options of a deployment in `cdk.context.json` of the folder; empty without the file. The CDK reads the same file
 * of the folder that it runs in, and gives `-c` precedence.
 *
 * @throws SettingInvalid for a file that cannot be read or is not JSON
 */
export function readContextFile(folder: string): Record<string, unknown> {
  const file = path.join(folder, 'cdk.context.json');
  try {
    return Object.fromEntries(Object.entries(JSON.parse(readFileSync(file, 'utf8')) as object));
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return {};
    throw new TwinhullError('SettingInvalid', `cannot read ${file}: ${reasonOf(error)}`, {
      hint: 'correct the file: it must be a JSON object of options',
    });
  }
}
