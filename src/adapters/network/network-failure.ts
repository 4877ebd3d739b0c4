import { TwinhullError } from '../../errors/twinhull-error.ts';
import { RedirectRefused } from './http-exchange.ts';

/** What the codes of Node, OpenSSL and undici mean to a user. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'nothing listens there'],
  [/^(?:ENOTFOUND|EAI_NONAME)$/, 'its name is not known'],
  [/^EAI_AGAIN$/, 'its name could not be looked up'],
  [/^(?:EHOSTUNREACH|ENETUNREACH)$/, 'there is no route to it'],
  [/^(?:ETIMEDOUT|UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT|TimeoutError)$/, 'it did not answer in time'],
  [/^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/, 'the connection broke'],
  [/^CERT_HAS_EXPIRED$/, 'its certificate has expired'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'its certificate is for another name'],
  [
    /^(?:CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|ERR_TLS_CERT)/,
    'its certificate is not signed by a trusted authority',
  ],
  [/^(?:EPROTO|ERR_SSL_|ERR_TLS_)/, 'it does not speak TLS as expected'],
  [/^HPE_/, 'it does not speak HTTP'],
];

const certificateHint =
  'name the file of the CA that signed it in TWINHULL_REGISTRY_CA_FILE, or the host in TWINHULL_INSECURE_REGISTRIES';

/** The error for a request that got no answer. The text of a stack below is not repeated: it may name a proxy's password. */
export function unreachable(url: URL, doing: string, cause: unknown): TwinhullError {
  if (TwinhullError.is(cause)) return cause;
  if (cause instanceof RedirectRefused)
    return new TwinhullError('RegistryRefused', `cannot ${doing}: ${cause.message}`);
  const { why, isCertificate } = networkReason(cause);
  return new TwinhullError('RegistryUnreachable', `cannot ${doing}: no answer from ${url.host}: ${why}`, {
    cause,
    hint: isCertificate ? certificateHint : undefined,
  });
}

/** Why a request got no answer, with the code in brackets, and whether it is the certificate that was not trusted. */
export function networkReason(cause: unknown): { readonly why: string; readonly isCertificate: boolean } {
  const code = codeOf(cause);
  const why = proxyReason(cause) ?? reasons.find(([pattern]) => pattern.test(code))?.[1] ?? 'the request failed';
  return { why: code === '' ? why : `${why} (${code})`, isCertificate: isCertificateCode(code) };
}

/** Whether trying again is in vain: a wrong name or certificate stays wrong. */
export function isPermanent(cause: unknown): boolean {
  const code = codeOf(cause);
  return isCertificateCode(code) || /^(?:ENOTFOUND|EAI_NONAME|UND_ERR_INVALID_ARG)$/.test(code);
}

/** Whether plain http may be spoken where an https request failed: not where a certificate was shown. */
export function mayBePlain(cause: unknown): boolean {
  return !TwinhullError.is(cause) && !isCertificateCode(codeOf(cause));
}

function isCertificateCode(code: string): boolean {
  return /^(?:CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|ERR_TLS_CERT|UND_ERR_PRX_TLS)/.test(code);
}

/** The code of an error or of what lies beneath it: several addresses of a host each fail on their own. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return error.cause === undefined ? (error.name === 'Error' ? '' : error.name) : codeOf(error.cause);
}

function proxyReason(error: unknown): string | undefined {
  const status =
    error instanceof Error
      ? /Proxy (?:response|Authentication Required) \((\d+)\)/.exec(error.message)?.[1]
      : undefined;
  if (status === undefined) return undefined;
  return status === '407' ? 'the proxy asks for credentials' : `the proxy answered ${status}`;
}
