import { z } from 'zod';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { quoted } from '../../domain/quoted.ts';
import type { RegistryCredentials } from '../../ports/secret-source.ts';
import type { Environment } from '../network/environment.ts';

/** What a credential helper inherits, and who named it. */
export interface HelperContext {
  readonly environment: Environment;
  /** The file that names the helper, for errors. */
  readonly file: string;
}

/** Milliseconds: a helper may have to call a cloud service. */
const timeout = 30_000;
const helperName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const answerSchema = z.object({ Username: z.string(), Secret: z.string() });

/**
 * Runs `docker-credential-{name} get` (https://github.com/docker/docker-credential-helpers) with the server on its
 * standard input. Undefined when the helper has no credentials for it.
 *
 * @throws SettingInvalid when the helper cannot be run, fails, or returns an identity token
 */
export async function askCredentialHelper(
  name: string,
  server: string,
  { environment, file }: HelperContext,
): Promise<RegistryCredentials | undefined> {
  const failed = (why: string): TwinhullError => failure(name, file, why);
  if (!helperName.test(name)) throw failed('that is not a program name');
  // Loaded here, because few builds use a helper, and all of them would wait for it to load.
  const { execa } = await import('execa');
  const result = await execa(`docker-credential-${name}`, ['get'], {
    input: server,
    env: environment,
    extendEnv: false,
    timeout,
    reject: false,
    maxBuffer: 1024 * 1024,
  });
  if (result.code === 'ENOENT') throw failed(`there is no program docker-credential-${name} in PATH`);
  if (result.timedOut) throw failed(`it did not respond within ${timeout / 1000} s`);
  if (result.exitCode !== 0) {
    if (/credentials not found/i.test(result.stdout + result.stderr)) return undefined;
    throw failed(
      `it exited with ${result.exitCode ?? result.signal ?? result.code}${complaint(result.stderr || result.stdout)}`,
    );
  }
  const answer = parseAnswer(result.stdout);
  if (answer === undefined) throw failed('its output is not the JSON of a credential helper');
  if (answer.Username === '<token>') throw failed('it has an identity token, which is not supported');
  return answer.Username === '' ? undefined : { username: answer.Username, password: answer.Secret };
}

function parseAnswer(text: string): z.infer<typeof answerSchema> | undefined {
  try {
    return answerSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** Helpers print errors on either stream. Output that may be an answer is not repeated: it would contain the secret. */
function complaint(output: string): string {
  const line = output.trim().split('\n').at(-1) ?? '';
  return line === '' || output.includes('{') ? '' : `: ${quoted(line)}`;
}

function failure(name: string, file: string, why: string): TwinhullError {
  const message = `the credential helper ${quoted(name)} of ${quoted(file)} failed: ${why}`;
  return new TwinhullError('SettingInvalid', message, {
    hint: 'fix the helper, or remove it from the file and log in again',
  });
}
