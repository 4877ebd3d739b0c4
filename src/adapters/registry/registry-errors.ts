import { STATUS_CODES } from 'node:http';
import { getSystemErrorMap } from 'node:util';
import { z } from 'zod';
import { type ErrorCode } from '../../domain/errors/catalogue.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { readJsonIfValid } from '../../domain/strict-json.ts';
import { type HttpAnswer, RedirectRefused } from '../network/http-exchange.ts';
import { networkReason } from '../network/network-errors.ts';
import type { Redaction } from './redaction.ts';

/** A registry's own error message. */
export interface RegistryComplaint {
  readonly code: string;
  readonly message: string;
}

const longestText = 500;

const errorItem = z.object({
  code: z.string().optional(),
  message: z.string().optional(),
  detail: z.unknown().optional(),
});

/** How docker-registry reports an error of its storage, beside the message "unknown error": an errno of Linux. */
const storageFailure = z.object({ Enclosed: z.object({ Err: z.number().int().positive() }) });

/**
 * Error bodies: the distribution API's `errors` (https://github.com/opencontainers/distribution-spec, "Error Codes"),
 * and AWS's `__type` with `message`.
 */
const errorBody = z.union([
  z.object({ errors: z.array(errorItem).min(1) }).transform(({ errors: [first] }) => ({
    code: first?.code ?? '',
    message: `${first?.message ?? ''}${explain(first?.detail)}`,
  })),
  z
    .object({ __type: z.string().optional(), message: z.string() })
    .transform(({ __type = '', message }) => ({ code: __type.replace(/^.*#/, ''), message })),
  z.object({ details: z.string() }).transform(({ details }) => ({ code: '', message: details })),
]);

/** The first error of a response in the registry's format; undefined for any other body. */
export function complaintOf(answer: HttpAnswer): RegistryComplaint | undefined {
  return errorBody.safeParse(readJsonIfValid(answer.body)).data;
}

function explain(detail: unknown): string {
  const number = storageFailure.safeParse(detail).data?.Enclosed.Err;
  const [name, text] = getSystemErrorMap().get(-(number ?? 0)) ?? [];
  return name === undefined ? '' : `: its storage failed with ${name}, ${text}`;
}

/** The error for a refused request. It repeats nothing of the response but the registry's own error. */
export function refusal(answer: HttpAnswer, doing: string, redaction: Redaction): TwinhullError {
  const complaint = complaintOf(answer);
  const status = `${answer.status} ${STATUS_CODES[answer.status] ?? ''}`.trim();
  const words =
    complaint === undefined ? '' : ` (${[complaint.code, complaint.message].filter((part) => part !== '').join(': ')})`;
  const message = `cannot ${doing}: ${answer.url.host} answered ${status}${printable(redaction.apply(words))}`;
  const code = codeFor(answer.status);
  return new TwinhullError(code, message, { hint: hintFor(answer, complaint) });
}

/**
 * Whether a PUT was refused because the tag is immutable. ECR reports `TAG_INVALID` with "the repository is immutable",
 * or `ImageTagAlreadyExistsException`; Harbor 412 with "configured as immutable"; others mention overwriting.
 */
export function reportsImmutable(answer: HttpAnswer): boolean {
  if (answer.status < 400 || answer.status >= 500) return false;
  const complaint = complaintOf(answer);
  if (complaint === undefined) return false;
  if (/^(?:TAG_INVALID|ImageTagAlreadyExistsException|TAG_IMMUTABLE)$/.test(complaint.code)) return true;
  return /\bimmutable\b|\b(?:cannot|can't|not allowed to) (?:be )?overwrit|tag is locked/i.test(complaint.message);
}

/** Whether a registry does not support deletion or has disabled it: docker-registry returns 405 `UNSUPPORTED`. */
export function reportsUnsupported(answer: HttpAnswer): boolean {
  return answer.status === 405 || complaintOf(answer)?.code === 'UNSUPPORTED';
}

/** The registry does not allow deletion, which is usually a matter of its configuration. */
export function deletionRefused(cause: Error): TwinhullError {
  return new TwinhullError('DeletionRefused', cause.message, {
    cause,
    hint: 'enable deletion: for docker-registry with REGISTRY_STORAGE_DELETE_ENABLED=true (storage.delete.enabled)',
  });
}

function codeFor(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'RegistryAccessDenied';
  return status >= 500 || status === 429 || status === 407 ? 'RegistryUnreachable' : 'RegistryRefused';
}

function hintFor(answer: HttpAnswer, complaint: RegistryComplaint | undefined): string | undefined {
  if (answer.status === 403)
    return 'the credentials are valid, but lack permission: request permission to pull and push, and to delete for `prune`';
  if (answer.status === 407) return 'put the user name and password of the proxy into HTTPS_PROXY or HTTP_PROXY';
  if (answer.status === 429) return 'the registry limits requests: try again later, or log in';
  if (complaint?.message.includes('ENOSPC') === true) return 'free space in the storage of the registry';
  return complaint?.code === 'NAME_UNKNOWN' ? 'create the repository in the registry first' : undefined;
}

/** One line without control characters, truncated at `longestText`. */
function printable(text: string): string {
  const line = text.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ');
  return line.length > longestText ? `${line.slice(0, longestText)}…` : line;
}

const certificateHint =
  'name the file of the CA that signed it in TWINHULL_REGISTRY_CA_FILE, or the host in TWINHULL_INSECURE_REGISTRIES';

/** The error for a request without a response, without the underlying message, which may contain a proxy's password. */
export function registryUnreachable(url: URL, doing: string, cause: unknown): TwinhullError {
  if (TwinhullError.is(cause)) return cause;
  if (cause instanceof RedirectRefused)
    return new TwinhullError('RegistryRefused', `cannot ${doing}: ${cause.message}`);
  const { why, isCertificate } = networkReason(cause);
  return new TwinhullError('RegistryUnreachable', `cannot ${doing}: no response from ${url.host}: ${why}`, {
    cause,
    hint: isCertificate ? certificateHint : undefined,
  });
}
