import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { mayCarrySecrets } from '../../domain/loopback.ts';
import { readSecretFile } from './secret-file.ts';

/** A file of credentials, and how its lines are described to users. */
export interface CredentialFile {
  /** The setting that names it. */
  readonly setting: string;
  /** What each line is the URL of. */
  readonly what: string;
  /** The form of a line. */
  readonly form: string;
}

/** A URL with user name and password, decoded. */
export interface CredentialUrl {
  readonly url: URL;
  readonly username: string;
  readonly password: string;
  /** The line as it was written. */
  readonly line: string;
  /** Names the line in errors. */
  readonly where: string;
}

/**
 * Reads a file in the format of `git credential-store`: https://git-scm.com/docs/git-credential-store#_storage_format
 * @param read returns undefined for a line that is not valid
 * @throws SettingInvalid with the number of the line, never its text
 */
export async function readCredentialUrls<T>(
  file: string,
  { setting, what, form }: CredentialFile,
  read: (entry: CredentialUrl) => T | undefined,
): Promise<readonly T[]> {
  const lines = (await readSecretFile(setting, file)).toString('utf8').split('\n');
  return lines.flatMap((text, index) => {
    const line = text.trim();
    if (line === '') return [];
    const where = `line ${String(index + 1)} of ${setting} ${file}`;
    const entry = credentialUrl(line, where);
    const credential = entry && read(entry);
    if (credential !== undefined) return [credential];
    throw new TwinhullError('SettingInvalid', `${where} is not the https URL of ${what}`, {
      hint: `write ${form} on a line, special characters percent-encoded (/ as %2F, @ as %40)`,
    });
  });
}

function credentialUrl(line: string, where: string): CredentialUrl | undefined {
  if (!URL.canParse(line)) return undefined;
  const url = new URL(line);
  if (!mayCarrySecrets(url) || url.search !== '' || url.hash !== '') return undefined;
  try {
    const [username, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
    return { url, username, password, line, where };
  } catch {
    return undefined;
  }
}
