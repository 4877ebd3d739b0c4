import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { run } from '../run.ts';

export interface Certificate {
  readonly caFile: string;
  readonly keyFile: string;
  readonly certificateFile: string;
}

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];

export function certificateFiles(folder: string): Certificate {
  return {
    caFile: join(folder, 'ca.pem'),
    keyFile: join(folder, 'server.key'),
    certificateFile: join(folder, 'server.pem'),
  };
}

/** A server certificate for the hosts (names or addresses), signed by a private CA that is created once and kept. */
export async function ensureCertificate(folder: string, hosts: readonly string[]): Promise<Certificate> {
  const files = certificateFiles(folder);
  const caKey = join(folder, 'ca.key');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (!existsSync(files.caFile)) await makeAuthority(files.caFile, caKey);
  const names = ['localhost', ...hosts].map((host) => `${isIP(host) > 0 ? 'IP' : 'DNS'}:${host}`).join(',');
  const namesFile = join(folder, 'server.names');
  if (existsSync(files.certificateFile) && readIfThere(namesFile) === names) return files;
  await makeServerCertificate(files, caKey, names, folder);
  writeFileSync(namesFile, names);
  return files;
}

async function makeAuthority(caFile: string, caKey: string): Promise<void> {
  const extensions = [
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
  ];
  const subject = ['-subj', '/CN=Twinhull lab CA', '-days', '3650'];
  await run('openssl', ['req', '-x509', ...newKey, ...subject, ...extensions, '-keyout', caKey, '-out', caFile]);
}

async function makeServerCertificate(files: Certificate, caKey: string, names: string, folder: string): Promise<void> {
  const request = join(folder, 'server.csr');
  const extensions = join(folder, 'server.extensions');
  writeFileSync(extensions, `subjectAltName=${names}\nextendedKeyUsage=serverAuth\n`);
  await run('openssl', [
    'req',
    ...newKey,
    '-subj',
    '/CN=Twinhull lab server',
    '-keyout',
    files.keyFile,
    '-out',
    request,
  ]);
  const signing = ['-CA', files.caFile, '-CAkey', caKey, '-CAcreateserial', '-days', '800', '-extfile', extensions];
  await run('openssl', ['x509', '-req', '-in', request, ...signing, '-out', files.certificateFile]);
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
