import { type ErrorCode, errorCatalogue } from '../../domain/errors/catalogue.ts';
import type { TwinhullError } from '../../domain/errors/twinhull-error.ts';

/** An error as the API returns it: RFC 9457, https://www.rfc-editor.org/rfc/rfc9457, with the catalogue's code. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly hint: string;
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** The log entry with the details that the response leaves out. */
  readonly errorId?: string;
}

/** The HTTP status of every error code. */
export const problemStatus: Readonly<Record<ErrorCode, number>> = {
  ArgumentInvalid: 422,
  SettingInvalid: 500,
  RecipeNotFound: 422,
  RecipeInvalid: 422,
  RepositoryInvalid: 422,
  ReferenceInvalid: 422,
  CommitNotFound: 422,
  GitAccessDenied: 422,
  GitMissing: 500,
  ImageReferenceInvalid: 422,
  TagInUse: 409,
  TagExists: 409,
  TagImmutable: 409,
  BuildNotFound: 404,
  BuildNotRetryable: 409,
  ImageNotPublished: 404,
  RegistryAccessDenied: 502,
  RequestInvalid: 400,
  RequestTooLarge: 413,
  RouteNotFound: 404,
  TokenInvalid: 401,
  TokenNotFound: 404,
  ScopeMissing: 403,
  NotAllowedHere: 403,
  SecretNotAllowed: 403,
  IdempotencyKeyReused: 422,
  WebhookNotSetUp: 404,
  SignatureInvalid: 403,
  SignInNotSetUp: 404,
  SignInRefused: 403,
  GroupMissing: 403,
  TooManyRequests: 429,
  JobFailed: 409,
  JobTimedOut: 409,
  JobLost: 409,
  DigestsUnknown: 409,
  StagingTagMoved: 409,
  BasesDiffer: 409,
  VerifyFailed: 409,
  PublishFailed: 409,
  EngineUnreachable: 503,
  EngineUnsuitable: 503,
  BuilderImageMissing: 503,
  BackendUnreachable: 503,
  AwsAccessDenied: 503,
  JobRefused: 502,
  RegistryUnreachable: 503,
  RegistryRefused: 502,
  DeletionRefused: 409,
  GitHubRefused: 502,
  GitHubUnreachable: 503,
  IdentityProviderUnreachable: 503,
  IdentityProviderRefused: 502,
  GitUnreachable: 503,
  ServerUnreachable: 503,
  ServerRefused: 502,
  StoreUnavailable: 503,
  ServiceStopping: 503,
  LeaseLost: 503,
  BuildConflict: 503,
  InternalError: 500,
};

/** Codes whose message describes the service's own machine: the response has the title instead, the log the message. */
const inward: ReadonlySet<ErrorCode> = new Set([
  'SettingInvalid',
  'GitMissing',
  'EngineUnreachable',
  'EngineUnsuitable',
  'BuilderImageMissing',
  'BackendUnreachable',
  'AwsAccessDenied',
  'StoreUnavailable',
  'LeaseLost',
  'BuildConflict',
  'InternalError',
]);

/** Seconds after which to retry when a dependency does not respond. */
export const retryAfterSeconds = 5;

/** @param errorId the log entry with the whole error */
export function problemOf({ code, message, hint, retryable }: TwinhullError, errorId: string): Problem {
  const { summary, hint: general } = errorCatalogue[code];
  const known = { type: `urn:twinhull:error:${code}`, title: summary, status: problemStatus[code], code, retryable };
  if (!inward.has(code)) return { ...known, detail: message, hint };
  return { ...known, detail: `${summary}; details are in the log under ${errorId}`, hint: general, errorId };
}
