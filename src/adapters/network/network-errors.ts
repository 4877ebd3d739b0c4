import { originOf, systemCodeOf } from '../../domain/errors/system-code.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';

/** The meaning of error codes of Node, OpenSSL and undici, for users. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'the connection was refused'],
  [/^(?:ENOTFOUND|EAI_NONAME)$/, 'its host name is unknown'],
  [/^EAI_AGAIN$/, 'its host name could not be resolved'],
  [/^(?:EHOSTUNREACH|ENETUNREACH)$/, 'there is no route to it'],
  [/^(?:ETIMEDOUT|UND_ERR_(?:CONNECT|HEADERS|BODY)_TIMEOUT|TimeoutError)$/, 'it did not respond in time'],
  [/^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH)$/, 'the connection broke'],
  [/^CERT_HAS_EXPIRED$/, 'its certificate has expired'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'its certificate is for another name'],
  [
    /^(?:CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|ERR_TLS_CERT)/,
    'its certificate is not signed by a trusted authority',
  ],
  [/^(?:EPROTO|ERR_SSL_|ERR_TLS_)/, 'it does not use TLS as expected'],
  [/^HPE_/, 'it does not use HTTP'],
];

/** Why a request got no response, with the code in brackets, and whether an untrusted certificate was the reason. */
export function networkReason(cause: unknown): { readonly why: string; readonly isCertificate: boolean } {
  const code = codeOf(cause);
  const why = proxyReason(cause) ?? reasons.find(([pattern]) => pattern.test(code))?.[1] ?? 'the request failed';
  return { why: code === '' ? why : `${why} (${code})`, isCertificate: isCertificateCode(code) };
}

/** Whether a retry would be futile: a wrong name or certificate stays wrong. */
export function isPermanent(cause: unknown): boolean {
  const code = codeOf(cause);
  return isCertificateCode(code) || /^(?:ENOTFOUND|EAI_NONAME|UND_ERR_INVALID_ARG)$/.test(code);
}

/** Whether plain http may be tried after a failed https request: not if the server presented a certificate. */
export function mayBePlain(cause: unknown): boolean {
  return !TwinhullError.is(cause) && !isCertificateCode(codeOf(cause));
}

function isCertificateCode(code: string): boolean {
  return /^(?:CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|ERR_TLS_CERT|UND_ERR_PRX_TLS)/.test(code);
}

/** The code of an error or of its cause; the name of one that has no code, such as a timeout. */
function codeOf(error: unknown): string {
  const code = systemCodeOf(error);
  const origin = originOf(error);
  return code === '' && origin instanceof Error && origin.name !== 'Error' ? origin.name : code;
}

function proxyReason(error: unknown): string | undefined {
  const status =
    error instanceof Error
      ? /Proxy (?:response|Authentication Required) \((\d+)\)/.exec(error.message)?.[1]
      : undefined;
  if (status === undefined) return undefined;
  return status === '407' ? 'the proxy requires credentials' : `the proxy answered ${status}`;
}
