import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Agent, fetch } from 'undici';
import { certificateFiles } from '../../lab/git/certificate.ts';
import type { Lab } from '../../lab/lab.ts';
import { choosePort } from '../../lab/ports.ts';
import { pollUntil } from './poll-until.ts';

export interface GitServer {
  /** `https://host:port` on the bridge, for the host and for containers. */
  readonly url: string;
  readonly tokenFile: string;
  stop(): Promise<void>;
}

const program = fileURLToPath(new URL('../../lab/git/server.mjs', import.meta.url));

/** A second git server over the lab's repositories, which requires a token of its own. */
export async function startGitServer(lab: Lab, token: string): Promise<GitServer> {
  const folder = await mkdtemp(join(tmpdir(), 'twinhull-git-server-'));
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, token, { mode: 0o400 });
  const { keyFile, certificateFile, caFile } = certificateFiles(dirname(lab.git.caFile));
  const { repositoriesFolder } = lab.git;
  const addresses = [lab.bridgeAddress];
  const httpsPort = await choosePort(20_000 + Math.floor(Math.random() * 10_000), addresses);
  const httpPort = await choosePort(httpsPort + 1, addresses);
  const files = { keyFile, certificateFile, tokenFile, repositoriesFolder, publicFolder: folder };
  const config = join(folder, 'config.json');
  await writeFile(config, JSON.stringify({ addresses, httpsPort, httpPort, version: 'test', ...files }));
  const child = spawn(process.execPath, [program, config], { stdio: 'ignore' });
  const url = `https://${lab.bridgeAddress}:${httpsPort}`;
  const dispatcher = new Agent({ connect: { ca: await readFile(caFile, 'utf8') } });
  await pollUntil(
    'the git server',
    async () => (await fetch(`${url}/health`, { dispatcher }).catch(() => undefined))?.ok,
  );
  await dispatcher.destroy();
  return {
    url,
    tokenFile,
    stop: async () => {
      await stopProcess(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
