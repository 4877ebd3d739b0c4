import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { systemCodeOf } from '../../domain/errors/system-code.ts';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { quoted } from '../../domain/quoted.ts';
import type { RegistryCredentials } from '../../ports/secret-source.ts';
import { type Environment, variable } from '../network/environment.ts';
import { askCredentialHelper } from './credential-helper.ts';

/** Docker Hub's key in the file, and in requests to helpers. */
const dockerHub = { host: 'docker.io', key: 'https://index.docker.io/v1/' };

const entrySchema = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
});

/** The parts in use of https://docs.docker.com/reference/cli/docker/login/#credential-stores. */
const configSchema = z.object({
  auths: z.record(z.string(), entrySchema).optional(),
  credsStore: z.string().optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
});

type DockerConfig = z.infer<typeof configSchema>;
type Entry = z.infer<typeof entrySchema>;

/**
 * The login that `docker login` stored: in `$DOCKER_CONFIG/config.json` (else `~/.docker/config.json`), or with a
 * helper program named there. Read each time, because a user may log in while we run. Undefined without a login.
 *
 * @throws SettingInvalid when the file is malformed or a helper fails
 */
export async function readDockerCredentials(
  host: string,
  environment: Environment = process.env,
): Promise<RegistryCredentials | undefined> {
  const folder = variable(environment, 'DOCKER_CONFIG') ?? join(variable(environment, 'HOME') ?? homedir(), '.docker');
  const file = join(folder, 'config.json');
  const config = await readConfig(file);
  const key = host === dockerHub.host ? dockerHub.key : host;
  const helper = config.credHelpers?.[host] ?? config.credHelpers?.[key] ?? config.credsStore;
  const kept = helper ? await askCredentialHelper(helper, key, { environment, file }) : undefined;
  return kept ?? fromEntry(findEntry(config, host, key), host, file);
}

async function readConfig(file: string): Promise<DockerConfig> {
  const text = await readIfPresent(file);
  if (text === undefined) return {};
  const result = configSchema.safeParse(parseJson(text, file));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw invalid(file, [issue?.path.join('.'), issue?.message].filter(Boolean).join(': '));
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCodeOf(cause))) return undefined;
    throw invalid(file, reasonOf(cause));
  }
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes part of the file, which may be a password.
    throw invalid(file, 'it is not valid JSON');
  }
}

/** Keys were once URLs: `https://host/v1/` means `host`. */
function findEntry({ auths = {} }: DockerConfig, host: string, key: string): Entry | undefined {
  const exact = auths[key] ?? auths[host];
  if (exact !== undefined) return exact;
  return Object.entries(auths).find(([name]) => name.replace(/^https?:\/\//i, '').replace(/\/.*$/s, '') === host)?.[1];
}

function fromEntry(entry: Entry | undefined, host: string, file: string): RegistryCredentials | undefined {
  if (entry === undefined) return undefined;
  if (entry.identitytoken)
    throw invalid(file, `the login for ${quoted(host)} is an identity token, which is not supported`);
  const { username, password } = entry.auth ? decodeAuth(entry.auth, host, file) : entry;
  return username ? { username, password: password ?? '' } : undefined;
}

function decodeAuth(auth: string, host: string, file: string): RegistryCredentials {
  const pair = Buffer.from(auth, 'base64').toString('utf8');
  const colon = pair.indexOf(':');
  if (colon <= 0) throw invalid(file, `auths.${host}.auth is not user:password in base64`);
  // Old versions of docker padded the password with zero bytes.
  return { username: pair.slice(0, colon), password: pair.slice(colon + 1).replace(/\0+$/, '') };
}

function invalid(file: string, why: string): TwinhullError {
  return new TwinhullError('SettingInvalid', `cannot use the docker configuration ${quoted(file)}: ${why}`, {
    hint: 'correct the file, or recreate it with `docker login`',
  });
}
