import { readFileSync } from 'node:fs';
import { createSecureContext, rootCertificates } from 'node:tls';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { quoted } from '../../domain/quoted.ts';
import { type Environment, variable } from './environment.ts';

/** Where Linux distributions keep roots, including those that an administrator added: Debian, Fedora, SUSE, Alpine. */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

/**
 * Roots to trust: the system's (or `SSL_CERT_FILE`; Node's own where there are none), the same as the engine's, plus
 * `NODE_EXTRA_CA_CERTS` and `privateCa`.
 */
export function trustedRoots(environment: Environment, privateCa: string | undefined): string[] {
  const system = firstReadable([variable(environment, 'SSL_CERT_FILE') ?? '', ...systemBundles]);
  const extra = firstReadable([environment['NODE_EXTRA_CA_CERTS'] ?? '']);
  return [
    ...(system === undefined ? rootCertificates : [system]),
    ...(extra ? [extra] : []),
    ...(privateCa ? [privateCa] : []),
  ];
}

/** @throws SettingInvalid when the file cannot be read or contains no certificate */
export function readCaFile(path: string): string {
  try {
    const text = readFileSync(path, 'utf8');
    if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new TypeError('it contains no certificate in PEM format');
    createSecureContext({ ca: text });
    return text;
  } catch (cause) {
    throw new TwinhullError('SettingInvalid', `cannot use the CA file ${quoted(path)}: ${reasonOf(cause)}`, {
      cause,
      hint: 'give a PEM file: it begins with -----BEGIN CERTIFICATE-----',
    });
  }
}

function firstReadable(paths: readonly string[]): string | undefined {
  for (const path of paths) {
    try {
      return readFileSync(path, 'utf8');
    } catch {}
  }
  return undefined;
}
