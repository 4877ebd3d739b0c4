import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { builderFolder } from '../../builder/contract.ts';
import { reasonOf, TwinhullError } from '../../errors/twinhull-error.ts';
import type { JobRequest } from '../../ports/job-backend.ts';
import type { SecretSource } from '../../ports/secret-source.ts';

export interface JobFile {
  /** Path below `builderFolder`. */
  readonly path: string;
  readonly mode: number;
  readonly content: Buffer;
}

export interface JobFileSources {
  readonly builderScript: string;
  readonly secrets: SecretSource;
  /** A private CA for git, as a PEM file on this machine. */
  readonly gitCaFile?: string | undefined;
}

/** Reads what goes into a builder container besides its environment; secrets are readable by root alone. */
export async function readJobFiles(request: JobRequest, sources: JobFileSources): Promise<JobFile[]> {
  const { secrets, gitCaFile } = sources;
  const files: JobFile[] = [{ path: 'builder.sh', mode: 0o755, content: Buffer.from(sources.builderScript) }];
  if (gitCaFile !== undefined) files.push({ path: 'ca.pem', mode: 0o444, content: await readCa(gitCaFile) });
  for (const id of request.buildSecrets) files.push(secretFile(`secrets/${id}`, await secrets.buildSecret(id)));
  const credentials = await secrets.registryCredentials(request.registryHost);
  if (credentials !== undefined)
    files.push(secretFile('registry-credentials', `${credentials.username}\n${credentials.password}`));
  const token = await secrets.gitToken(request.environment['TWINHULL_GIT_URL']);
  if (token !== undefined) files.push(secretFile('git-token', token));
  return files;
}

/** @throws SettingInvalid when one of the files that every job is given cannot be read */
export async function checkJobFiles(
  buildSecrets: readonly string[],
  { secrets, gitCaFile }: Omit<JobFileSources, 'builderScript'>,
): Promise<void> {
  if (gitCaFile !== undefined) await readCa(gitCaFile);
  await secrets.gitToken();
  for (const id of buildSecrets) await secrets.buildSecret(id);
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

/** A tar to be unpacked at `/`. */
export async function packJobFiles(files: readonly JobFile[]): Promise<Buffer> {
  const root = builderFolder.slice(1);
  const tar = pack();
  tar.entry({ name: root, type: 'directory', mode: 0o755 });
  if (files.some((file) => file.path.startsWith('secrets/')))
    tar.entry({ name: `${root}/secrets`, type: 'directory', mode: 0o700 });
  for (const { path, mode, content } of files) tar.entry({ name: `${root}/${path}`, mode }, content);
  tar.finalize();
  return await buffer(tar);
}
