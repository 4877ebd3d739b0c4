import type { components, paths } from '../../src/client/api-schema.ts';

type Schemas = components['schemas'];
export type Build = Schemas['Build'];
export type BuildSummary = Schemas['BuildSummary'];
export type Job = Schemas['Job'];
export type Attempt = Job['attempts'][number];
export type Failure = Schemas['Failure'];
export type Session = Schemas['Session'];
export type SignedOut = Schemas['SignedOut'];
export type SignInMethods = Schemas['SignInMethods'];
export type Plan = Schemas['Plan'];
export type Submitted = Schemas['Submitted'];
export type BuildList = Schemas['BuildList'];
export type Recipes = Schemas['Recipes'];
export type Health = Schemas['Health'];
export type Trends = Schemas['Trends'];
export type Trend = Schemas['Trend'];
export type Comparison = Schemas['Comparison'];
export type JobComparison = Schemas['JobComparison'];
export type BuildEstimate = Schemas['BuildEstimate'];
export type Manifests = Schemas['Manifests'];
export type Diagnosis = Schemas['Diagnosis'];
export type LogMatches = Schemas['LogMatches'];
export type LogLines = Schemas['LogLines'];
export type LogOutline = Schemas['LogOutline'];
export type LogPhase = LogOutline['phases'][number];
export type Promotion = Schemas['Promotion'];
export type BuildEvent = Schemas['Event'];
export type Problem = Schemas['Problem'];
export type Platform = Job['platform'];
export type BuildState = BuildSummary['state'];
export type PlanRequest = NonNullable<paths['/v1/plans']['post']['requestBody']>['content']['application/json'];

/** An answer of the API that reports a problem, or none: `status` is 0 when the service did not answer. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string;

  constructor(status: number, { detail, code, hint }: Pick<Problem, 'detail' | 'hint'> & { code: string }) {
    super(detail);
    this.status = status;
    this.code = code;
    this.hint = hint;
  }
}

const unreachable = {
  code: 'ServerUnreachable',
  detail: 'the service does not answer',
  hint: 'check the network; the page tries again by itself',
};

export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Abandons the request. */
  readonly signal?: AbortSignal | undefined;
}

/** Calls the API as the session of this browser. @throws ApiError, or the reason of `signal` */
export async function call<T>(path: string, { method = 'GET', body, headers, signal }: ApiRequest = {}): Promise<T> {
  const response = await fetch(path, {
    method,
    headers: {
      accept: 'application/json',
      'twinhull-request': 'pages',
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  }).catch(() => {
    signal?.throwIfAborted();
    throw new ApiError(0, unreachable);
  });
  const read: unknown = await response.json().catch(() => undefined);
  signal?.throwIfAborted();
  if (response.ok && read !== undefined) return read as T;
  if (!isProblem(read))
    throw new ApiError(response.status === 502 || response.status === 504 ? 0 : response.status, unreachable);
  throw new ApiError(response.status, read);
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'code' in value && 'detail' in value;
}

/** The message of a thrown value, for a person. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError(500, { code: 'InternalError', detail: String(error), hint: 'reload the page' });
}
