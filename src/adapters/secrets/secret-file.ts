import { readFile } from 'node:fs/promises';
import { reasonOf, TwinhullError } from '../../errors/twinhull-error.ts';

/**
 * A secret that lies in a file.
 * @param what names it, for errors: a setting
 * @throws SettingInvalid when it cannot be read
 */
export async function readSecretFile(what: string, file: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new TwinhullError('SettingInvalid', `${what}: the file ${file} cannot be read: ${reasonOf(error)}`, {
      hint: 'correct the path, or make the file readable for you alone (chmod 600)',
    });
  }
}

/** @throws SettingInvalid when the file cannot be read or holds no token */
export async function readToken(setting: string, file: string): Promise<string> {
  const token = (await readSecretFile(setting, file)).toString('utf8').trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new TwinhullError('SettingInvalid', `${setting} ${file} does not hold a token`, {
    hint: 'the file must hold the token alone: one line, no blanks',
  });
}

/** Secrets that stand below each other, at least one. @throws SettingInvalid when the file cannot be read or is empty */
export async function readSecretLines(setting: string, file: string): Promise<readonly string[]> {
  const text = (await readSecretFile(setting, file)).toString('utf8');
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length > 0) return lines;
  throw new TwinhullError('SettingInvalid', `${setting} ${file} is empty`, {
    hint: 'put the secret into it, on a line',
  });
}
