import { readFile } from 'node:fs/promises';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { formatGitAudience } from '../../domain/git-audience.ts';
import type { JobRequest } from '../../ports/job-backend.ts';
import type { SecretSource } from '../../ports/secret-source.ts';

/** A file that a job receives through its standard input; `mode` is that of chmod. */
export interface JobFile {
  /** Path below `builderFolder`. */
  readonly path: string;
  readonly mode: number;
  readonly content: Buffer;
}

/** Where the files of a job come from. */
export interface JobFileSources {
  readonly builderScript: string;
  readonly secrets: SecretSource;
  /** A private CA for git, as a PEM file on this machine. */
  readonly gitCaFile?: string | undefined;
}

/** Reads the files that a builder container needs in addition to its environment; only root can read the secrets. */
export async function readJobFiles(request: JobRequest, sources: JobFileSources): Promise<JobFile[]> {
  const { secrets, gitCaFile } = sources;
  const files: JobFile[] = [{ path: 'builder.sh', mode: 0o755, content: Buffer.from(sources.builderScript) }];
  if (gitCaFile !== undefined) files.push({ path: 'ca.pem', mode: 0o444, content: await readCa(gitCaFile) });
  for (const id of request.buildSecrets) files.push(secretFile(`secrets/${id}`, await secrets.buildSecret(id)));
  const credentials = await secrets.registryCredentials(request.registryHost);
  if (credentials !== undefined)
    files.push(secretFile('registry-credentials', `${credentials.username}\n${credentials.password}`));
  files.push(...(await loginFiles(request.environment, secrets)));
  return [...files, ...(await gitFiles(request.environment['TWINHULL_GIT_URL'], secrets))];
}

/** Logins of the registries that base images come from; registries without one are accessed anonymously. */
async function loginFiles(environment: JobRequest['environment'], secrets: SecretSource): Promise<readonly JobFile[]> {
  const files: JobFile[] = [];
  for (let index = 1; ; index += 1) {
    const host = environment[`TWINHULL_LOGIN_${String(index)}`];
    if (host === undefined) return files;
    const login = await secrets.registryCredentials(host);
    if (login !== undefined) files.push(secretFile(`logins/${String(index)}`, `${login.username}\n${login.password}`));
  }
}

/** @throws SettingInvalid when one of the files that every job needs cannot be read */
export async function checkJobFiles(
  buildSecrets: readonly string[],
  { secrets, gitCaFile }: Omit<JobFileSources, 'builderScript'>,
): Promise<void> {
  if (gitCaFile !== undefined) await readCa(gitCaFile);
  await secrets.checkGitCredentials();
  for (const id of buildSecrets) await secrets.buildSecret(id);
}

async function gitFiles(url: string | undefined, secrets: SecretSource): Promise<readonly JobFile[]> {
  const credential = url === undefined ? undefined : await secrets.gitCredential(url);
  if (credential === undefined) return [];
  const { audience, username, token } = credential;
  const bound = Buffer.from(`${formatGitAudience(audience)}\n${username}\n`);
  return [secretFile('git-token', token), { path: 'git-audience', mode: 0o444, content: bound }];
}

function secretFile(path: string, content: Buffer | string): JobFile {
  return { path, mode: 0o400, content: Buffer.from(content as string) };
}

async function readCa(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new TwinhullError('SettingInvalid', `the CA file for git ${path} cannot be read: ${reasonOf(error)}`, {
      hint: 'correct TWINHULL_GIT_CA_FILE',
      cause: error,
    });
  }
}

/** Packs the files in the format that receive.sh reads. */
export function packJobFiles(files: readonly JobFile[]): Buffer {
  const size = files.reduce((sum, { content }) => sum + content.length, 0);
  const lines = files.map(({ path, mode, content }) => `${mode.toString(8)} ${content.length} ${path}\n`);
  const head = Buffer.from(`${files.length} ${size}\n${lines.join('')}`);
  return Buffer.concat([head, ...files.map(({ content }) => content)]);
}
