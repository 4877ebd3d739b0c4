import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Certificate, certificateFiles, ensureCertificate } from '../git/certificate.ts';
import type { LabContext } from '../part.ts';
import { ecrHost } from './identity.ts';

const engineFolder = '/etc/docker/certs.d';
const hostFolder = join(engineFolder, ecrHost);
const engineFile = join(hostFolder, 'ca.crt');

/** The certificate for ECR's host name, and the CA that signed it. */
export function ecrCertificate({ paths }: LabContext): Certificate {
  return certificateFiles(join(paths.ecrFolder, 'tls'));
}

/**
 * Creates the certificate, and makes engines trust it (https://docs.docker.com/engine/security/certificates/). An
 * engine reads that folder on every pull and push, but its BuildKit only at start: on an engine that was already
 * running, builds continue without the layer cache at ECR.
 */
export async function ensureEcrCertificate(context: LabContext): Promise<void> {
  await ensureCertificate(join(context.paths.ecrFolder, 'tls'), [ecrHost]);
  if (isEcrTrusted(context)) return;
  if (!existsSync(engineFolder)) context.journal.record({ kind: 'shared-folder', path: engineFolder });
  if (!existsSync(hostFolder)) context.journal.record({ kind: 'file', path: hostFolder });
  mkdirSync(hostFolder, { recursive: true });
  copyFileSync(ecrCertificate(context).caFile, engineFile);
}

export function isEcrTrusted(context: LabContext): boolean {
  const { caFile } = ecrCertificate(context);
  return existsSync(caFile) && existsSync(engineFile) && readFileSync(engineFile).equals(readFileSync(caFile));
}
