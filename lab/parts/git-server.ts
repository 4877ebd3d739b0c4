import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { certificateFiles, ensureCertificate } from '../git/certificate.ts';
import type { LabContext, Part } from '../part.ts';
import { choosePort } from '../ports.ts';
import { awaitReady, type DaemonOptions, isRunning, startDaemon, stopDaemon } from '../processes.ts';

const program = fileURLToPath(new URL('../git/server.mjs', import.meta.url));
const launcher = fileURLToPath(new URL('../nextflow/nextflow', import.meta.url));

export const nextflowVersion = '24.10.5';
export const nextflowPath = `nextflow-${nextflowVersion}/nextflow`;

/** Serves private repositories over HTTPS, and a stand-in for Nextflow's launcher over HTTP, to containers and host. */
export const gitServerPart: Part = {
  name: 'git server',
  needs: ['packages', 'engine'],

  async check(context) {
    const { facts, paths } = context;
    if (!isRunning(join(paths.processFolder, 'git-server.pid'))) return 'not running';
    if (facts.find('gitServerVersion') !== versionOf(context)) return 'running with other settings';
    return (await answers(context)) ? undefined : `nothing responds at ${gitUrl(context)}`;
  },

  async start(context) {
    const { paths, facts, journal } = context;
    await ensureCertificate(join(paths.gitFolder, 'tls'), addressesOf(context));
    ensureToken(tokenFile(context));
    mkdirSync(paths.repositoriesFolder, { recursive: true });
    publishLauncher(context);
    const options = daemonOptions(context);
    await stopDaemon(options.pidFile, 5_000);
    facts.set('gitPort', await choosePort(facts.find('gitPort') ?? 9443, addressesOf(context)));
    facts.set('httpPort', await choosePort(facts.find('httpPort') ?? 9480, addressesOf(context)));
    facts.set('gitServerVersion', versionOf(context));
    writeFileSync(configFile(context), JSON.stringify(configuration(context), null, 2));
    journal.record({ kind: 'process', name: 'git server', pidFile: options.pidFile });
    startDaemon(options);
    await awaitReady('the git server', options, () => answers(context));
  },
};

export function gitUrl({ facts }: LabContext): string {
  return `https://${facts.get('bridgeAddress')}:${facts.get('gitPort')}`;
}

export function publicUrl({ facts }: LabContext): string {
  return `http://${facts.get('bridgeAddress')}:${facts.get('httpPort')}`;
}

export function tokenFile({ paths }: LabContext): string {
  return join(paths.gitFolder, 'token');
}

export function caFile({ paths }: LabContext): string {
  return certificateFiles(join(paths.gitFolder, 'tls')).caFile;
}

export function accessLog({ paths }: LabContext): string {
  return join(paths.logFolder, 'git-server.log');
}

function addressesOf({ facts }: LabContext): readonly string[] {
  return ['127.0.0.1', facts.get('bridgeAddress')];
}

function configFile({ paths }: LabContext): string {
  return join(paths.gitFolder, 'server.json');
}

function configuration(context: LabContext): object {
  const { keyFile, certificateFile } = certificateFiles(join(context.paths.gitFolder, 'tls'));
  return {
    addresses: addressesOf(context),
    httpsPort: context.facts.get('gitPort'),
    httpPort: context.facts.get('httpPort'),
    keyFile,
    certificateFile,
    tokenFile: tokenFile(context),
    repositoriesFolder: context.paths.repositoriesFolder,
    publicFolder: context.paths.publicFolder,
    version: context.facts.get('gitServerVersion'),
  };
}

function daemonOptions(context: LabContext): DaemonOptions {
  return {
    command: process.execPath,
    args: [program, configFile(context)],
    pidFile: join(context.paths.processFolder, 'git-server.pid'),
    logFile: accessLog(context),
  };
}

/** Changes with the program or its content, so that a server from an older clone is replaced. */
function versionOf(context: LabContext): string {
  const parts = [readFileSync(program), readFileSync(launcher), addressesOf(context).join(' ')];
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex').slice(0, 16);
}

function ensureToken(file: string): void {
  if (!existsSync(file)) writeFileSync(file, `lab_${randomBytes(24).toString('hex')}`, { mode: 0o400 });
}

function publishLauncher({ paths, facts }: LabContext): void {
  mkdirSync(join(paths.publicFolder, `nextflow-${nextflowVersion}`), { recursive: true });
  copyFileSync(launcher, join(paths.publicFolder, nextflowPath));
  facts.set('nextflowSha256', createHash('sha256').update(readFileSync(launcher)).digest('hex'));
}

function answers(context: LabContext): Promise<boolean> {
  return new Promise((resolve) => {
    const ca = readFileSync(caFile(context));
    const request = get(`${gitUrl(context)}/health`, { ca, timeout: 3_000 }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () => resolve(text === context.facts.find('gitServerVersion')));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
