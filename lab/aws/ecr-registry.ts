import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { LabError } from '../lab-error.ts';
import type { LabContext, Part } from '../part.ts';
import { isFreeOnAll } from '../ports.ts';
import { awaitReady, type DaemonOptions, isRunning, startDaemon, stopDaemon } from '../processes.ts';
import { registryConfig } from '../registry-config.ts';
import { registryDaemon } from '../registry-daemon.ts';
import { tryRun } from '../run.ts';
import { ecrCertificate, ensureEcrCertificate, isEcrTrusted } from './ecr-certificate.ts';
import { ecrAddress } from './ecr-host-name.ts';
import { ecrHost, ecrLogin } from './identity.ts';

const port = 443;

/** `ecrLogin` in bcrypt at the lowest cost, because the registry checks it on every request. */
const passwordLine = `${ecrLogin.user}:$2b$04$JSCDtrjevkntUqXmrltoruolodTrrWzegh41Jgz9.XgGpivF4Wo1O\n`;

/** docker-registry with TLS under ECR's host name, which accepts logins issued by ECR's API. */
export const ecrRegistryPart: Part = {
  name: 'ECR registry',
  needs: ['packages', 'engine', 'ECR host name'],

  async check(context) {
    if (!isRunning(daemonOptions(context).pidFile)) return 'not running';
    if (!isEcrTrusted(context)) return 'the engine does not trust its certificate';
    return (await answers(context)) ? undefined : `it does not answer at https://${ecrHost}`;
  },

  async start(context) {
    const { paths, journal } = context;
    const options = daemonOptions(context);
    await stopDaemon(options.pidFile, 5_000);
    await refuseTakenPort();
    await ensureEcrCertificate(context);
    const { certificateFile, keyFile } = ecrCertificate(context);
    const passwordFile = join(paths.ecrFolder, 'htpasswd');
    writeFileSync(passwordFile, passwordLine);
    const config = registryConfig({
      address: ecrAddress,
      port,
      storage: join(paths.ecrFolder, 'storage'),
      tls: { certificateFile, keyFile },
      passwordFile,
    });
    writeFileSync(join(paths.ecrFolder, 'config.yml'), config);
    journal.record({ kind: 'process', name: 'ECR registry', pidFile: options.pidFile });
    startDaemon(options);
    await awaitReady('docker-registry', options, () => answers(context));
  },
};

function daemonOptions({ paths }: LabContext): DaemonOptions {
  return registryDaemon('ecr-registry', paths.ecrFolder, paths);
}

async function refuseTakenPort(): Promise<void> {
  if (await isFreeOnAll(port, [ecrAddress])) return;
  const listed = (await tryRun('ss', ['-ltnpH', `sport = :${String(port)}`])) ?? '';
  const owner = /users:\(\("([^"]+)",pid=(\d+)/.exec(listed);
  const who = owner === null ? 'another program' : `${owner[1] ?? ''} (process ${owner[2] ?? ''})`;
  throw new LabError(`${who} listens at ${ecrAddress}:${String(port)}, the address of ECR's host name`, {
    hint: 'stop it while you use the AWS part of the lab: registries at ECR use no other port',
  });
}

function answers(context: LabContext): Promise<boolean> {
  return new Promise((resolve) => {
    const auth = `${ecrLogin.user}:${ecrLogin.password}`;
    const options = { ca: readFileSync(ecrCertificate(context).caFile), auth, timeout: 3_000, agent: false };
    const asked = request(`https://${ecrHost}/v2/`, options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
