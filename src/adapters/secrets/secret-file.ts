import { readFile } from 'node:fs/promises';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';

/**
 * Reads a secret from a file.
 * @param what the setting that names the file, for errors
 * @throws SettingInvalid when it cannot be read
 */
export async function readSecretFile(what: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new TwinhullError('SettingInvalid', `${what}: the file ${file} cannot be read: ${reasonOf(error)}`, {
      hint: 'correct the path, or make the file readable only for your user (chmod 600)',
    });
  }
}

/** @throws SettingInvalid when the file cannot be read or contains no token */
export async function readToken(setting: string, file: string): Promise<string> {
  const token = (await readSecretFile(setting, file)).toString('utf8').trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new TwinhullError('SettingInvalid', `${setting} ${file} does not hold a token`, {
    hint: 'write only the token into the file: one line, no blanks',
  });
}

/** Secrets on separate lines, at least one. @throws SettingInvalid when the file cannot be read or is empty */
export async function readSecretLines(setting: string, file: string): Promise<readonly string[]> {
  const text = (await readSecretFile(setting, file)).toString('utf8');
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length > 0) return lines;
  throw new TwinhullError('SettingInvalid', `${setting} ${file} is empty`, {
    hint: 'write the secret into it, on one line',
  });
}
