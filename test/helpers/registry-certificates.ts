import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';

export interface KeyPair {
  readonly key: string;
  readonly certificate: string;
}

const newKey = ['-newkey', 'rsa:2048', '-nodes', '-days', '2'];

/** A self-signed certificate: an authority, or for the verification of token signatures. Paths of PEM files. */
export async function makeAuthority(folder: string, name: string): Promise<KeyPair> {
  const pair = pathsOf(folder, name);
  await openssl(['req', '-x509', ...newKey, '-keyout', pair.key, '-out', pair.certificate, '-subj', `/CN=${name}`]);
  return pair;
}

/** A server's certificate, signed by `authority`, for names such as `DNS:localhost` and `IP:127.0.0.1`. */
export async function makeServerCertificate(
  folder: string,
  authority: KeyPair,
  names: readonly string[],
): Promise<KeyPair> {
  const pair = pathsOf(folder, 'server');
  const config = join(folder, 'server.cnf');
  await writeFile(
    config,
    `[req]\ndistinguished_name=dn\n[dn]\n[ext]\nbasicConstraints=CA:FALSE\nsubjectAltName=${names.join(',')}\n`,
  );
  const signer = ['-CA', authority.certificate, '-CAkey', authority.key, '-config', config, '-extensions', 'ext'];
  await openssl([
    'req',
    '-x509',
    ...newKey,
    ...signer,
    '-keyout',
    pair.key,
    '-out',
    pair.certificate,
    '-subj',
    '/CN=server',
  ]);
  return pair;
}

function pathsOf(folder: string, name: string): KeyPair {
  return { key: join(folder, `${name}.key`), certificate: join(folder, `${name}.crt`) };
}

async function openssl(words: readonly string[]): Promise<void> {
  await execa('openssl', words);
}
