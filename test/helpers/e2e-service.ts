import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { E2eBed, RunOptions } from './e2e-bed.ts';
import { collected } from './e2e-collected.ts';
import { pollUntil } from './poll-until.ts';

export interface Service {
  readonly url: string;
  /** File of a token of scope `build`. */
  readonly tokenFile: string;
  readonly token: string;
  /** Its log. */
  readonly stderr: () => string;
  /** @returns its exit code */
  stop(): Promise<number | undefined>;
}

/** A `twinhull serve` on the bed's store; the bed ends it at the latest. */
export async function startService(bed: E2eBed, env: RunOptions['env'] = {}, listen = '127.0.0.1:0'): Promise<Service> {
  const token = await newToken(bed, 'build');
  const tokenFile = await tokenIn(bed, token);
  const service = bed.start(['serve', '--listen', listen], { env, timeout: 1_800_000 });
  const stdout = collected(service.stdout);
  const stderr = collected(service.stderr);
  const url = await pollUntil('the service to listen', () => /^http:\S+$/m.exec(stdout())?.[0]);
  return {
    url,
    token,
    tokenFile,
    stderr,
    stop: async () => {
      service.kill('SIGTERM');
      return (await service).exitCode;
    },
  };
}

export async function newToken(bed: E2eBed, scope: 'read' | 'build'): Promise<string> {
  const { stdout, stderr } = await bed.run(['token', 'create', '--name', `${scope}-of-test`, '--scope', scope]);
  if (!stdout.startsWith('th_')) throw new Error(`no token was made: ${stderr}`);
  return stdout.trim();
}

/** A file that contains the token alone. @returns its path */
export async function tokenIn(bed: E2eBed, token: string): Promise<string> {
  const file = join(bed.folder, `token-${token.slice(3, 15)}`);
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  return file;
}
