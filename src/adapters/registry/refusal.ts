import { STATUS_CODES } from 'node:http';
import { getSystemErrorMap } from 'node:util';
import { z } from 'zod';
import { type ErrorCode } from '../../errors/catalogue.ts';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import type { Answer } from '../network/http-exchange.ts';
import type { Redaction } from './redaction.ts';

/** What a registry says of its refusal, in its own words. */
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

/** How docker-registry passes on what its storage ran into, beside the message "unknown error": an errno of Linux. */
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

export function complaintOf(answer: Answer): RegistryComplaint | undefined {
  try {
    return errorBody.safeParse(JSON.parse(answer.body.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

function explain(detail: unknown): string {
  const number = storageFailure.safeParse(detail).data?.Enclosed.Err;
  const [name, text] = getSystemErrorMap().get(-(number ?? 0)) ?? [];
  return name === undefined ? '' : `: its storage failed with ${name}, ${text}`;
}

/** The error for an answer that is a refusal. Of its text nothing is repeated but the registry's own error. */
export function refusal(answer: Answer, doing: string, redaction: Redaction): TwinhullError {
  const complaint = complaintOf(answer);
  const status = `${answer.status} ${STATUS_CODES[answer.status] ?? ''}`.trim();
  const words =
    complaint === undefined ? '' : ` (${[complaint.code, complaint.message].filter((part) => part !== '').join(': ')})`;
  const message = `cannot ${doing}: ${answer.url.host} answered ${status}${printable(redaction.apply(words))}`;
  const code = codeFor(answer.status);
  return new TwinhullError(code, message, { hint: hintFor(answer, complaint) });
}

/**
 * Whether a PUT was refused because the tag may not move. ECR says `TAG_INVALID` with "the repository is immutable", or
 * `ImageTagAlreadyExistsException`; Harbor 412 with "configured as immutable"; others speak of overwriting.
 */
export function saysImmutable(answer: Answer): boolean {
  if (answer.status < 400 || answer.status >= 500) return false;
  const complaint = complaintOf(answer);
  if (complaint === undefined) return false;
  if (/^(?:TAG_INVALID|ImageTagAlreadyExistsException|TAG_IMMUTABLE)$/.test(complaint.code)) return true;
  return /\bimmutable\b|\b(?:cannot|can't|not allowed to) (?:be )?overwrit|tag is locked/i.test(complaint.message);
}

/** Whether a registry has no deletion, or has it switched off: docker-registry says 405 `UNSUPPORTED`. */
export function saysUnsupported(answer: Answer): boolean {
  return answer.status === 405 || complaintOf(answer)?.code === 'UNSUPPORTED';
}

export function deletionRefused(cause: Error): TwinhullError {
  return new TwinhullError('DeletionRefused', cause.message, {
    cause,
    hint: 'switch deletion on: at docker-registry by REGISTRY_STORAGE_DELETE_ENABLED=true (storage.delete.enabled)',
  });
}

function codeFor(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'RegistryAccessDenied';
  return status >= 500 || status === 429 || status === 407 ? 'RegistryUnreachable' : 'RegistryRefused';
}

function hintFor(answer: Answer, complaint: RegistryComplaint | undefined): string | undefined {
  if (answer.status === 403)
    return 'the credentials are known there, but may not do this: ask for the right to pull and push, and to delete where it prunes';
  if (answer.status === 407) return 'put the user name and password of the proxy into HTTPS_PROXY or HTTP_PROXY';
  if (answer.status === 429) return 'the registry limits how often it may be asked: try again later, or log in';
  if (complaint?.message.includes('ENOSPC') === true) return 'make room in the storage of the registry';
  return complaint?.code === 'NAME_UNKNOWN' ? 'create the repository in the registry first' : undefined;
}

/** One line without control characters, cut where it is long. */
function printable(text: string): string {
  const line = text.replace(/[\s\p{Cc}\p{Cf}]+/gu, ' ');
  return line.length > longestText ? `${line.slice(0, longestText)}…` : line;
}
