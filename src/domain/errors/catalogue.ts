/**
 * Every error code that Twinhull can raise. docs/errors.md is generated from this table, and a test checks that the
 * table, the page and the throws agree.
 */
export type ErrorSource = 'user' | 'backend' | 'internal';

/** What holds for every error of a code. */
export interface ErrorEntry {
  readonly source: ErrorSource;
  /** Whether the same call may succeed later without any change by the user. */
  readonly retryable: boolean;
  /** What the code means, for the documentation. */
  readonly summary: string;
  /** What to do when the throw site gives no better advice. */
  readonly hint: string;
}

const user = (summary: string, hint: string): ErrorEntry => ({ source: 'user', retryable: false, summary, hint });
const backend = (summary: string, hint: string): ErrorEntry => ({ source: 'backend', retryable: true, summary, hint });
const internal = (summary: string, hint: string): ErrorEntry => ({
  source: 'internal',
  retryable: false,
  summary,
  hint,
});

/** All errors that users can see, by code. Codes are stable; docs/errors.md is generated from this table. */
export const errorCatalogue = {
  // Input of a user
  ArgumentInvalid: user('a command line argument or option is not valid', 'see `twinhull help`'),
  SettingInvalid: user(
    'a setting (environment variable or settings file) is missing or not valid',
    'see docs/settings.md',
  ),
  RecipeNotFound: user(
    'no recipe file or preset of that name exists',
    'write one with `twinhull init`, or name a preset: vecoli',
  ),
  RecipeInvalid: user('the recipe is not valid', 'correct the named line, then run `twinhull plan`'),
  RepositoryInvalid: user(
    'Twinhull cannot clone from this git repository URL',
    'give an https:// URL without user name or password',
  ),
  ReferenceInvalid: user(
    'a branch, tag or commit has a form that git does not allow',
    'give a branch, a tag, or a commit of 7 to 40 hexadecimal digits',
  ),
  CommitNotFound: user(
    'the repository has no such branch, tag or commit',
    'push the commit first, or correct the name',
  ),
  GitAccessDenied: user(
    'the git server refused the token',
    'give a token that can read this repository (TWINHULL_GIT_TOKEN_FILE)',
  ),
  GitMissing: user('the git program cannot be run on this machine', 'install git 2.31 or later'),
  ImageReferenceInvalid: user(
    'an image repository, tag or digest has a form that registries do not allow',
    'correct the value',
  ),
  TagInUse: user(
    'another live build publishes the same tag',
    'wait for that build, cancel it, or queue the new one (--if-busy)',
  ),
  TagExists: user(
    'the tag exists in the registry and belongs to another commit, recipe or repository, or to an unknown owner',
    'publish under another tag; --force takes over moving tags, and tags of unknown owners',
  ),
  TagImmutable: user(
    'the registry does not allow the tag to be moved',
    'build another commit, or allow the tag to move in the registry',
  ),
  DeletionRefused: user(
    'the registry does not allow tags or images to be deleted',
    'enable deletion in the registry (docs/retention.md)',
  ),
  BuildNotFound: user('no build has this id', 'see `twinhull list`'),
  BuildNotRetryable: user('the build is not in a state that can be retried', 'see `twinhull status`'),
  ImageNotPublished: user('no published image was found for this commit', 'build it first'),
  RegistryAccessDenied: user(
    'the registry refused the credentials',
    'log in with `docker login`, or correct the credentials',
  ),

  // Requests to the service
  RequestInvalid: user('the request is not valid', 'correct the named fields; see /docs of the service'),
  RequestTooLarge: user('the request is too large', 'send a smaller request; the message contains the limit'),
  RouteNotFound: user('the API has no such route', 'see /docs of the service'),
  TokenInvalid: user(
    'the request has no API token, or one that is unknown or revoked',
    'send `Authorization: Bearer th_…`; the command line reads the token from TWINHULL_TOKEN_FILE. Operators create tokens with `twinhull token create`; commands on the service’s machine use the file local-token in TWINHULL_STATE_DIR',
  ),
  TokenNotFound: user('no API token has this id', 'see `twinhull token list`'),
  ScopeMissing: user('the API token does not allow this', 'use a token of a wider scope'),
  SecretNotAllowed: user(
    'the build secret is not allowed for this repository or recipe',
    'ask an operator to allow it in the file that TWINHULL_SECRET_RULES names, or remove it from the recipe',
  ),
  NotAllowedHere: user(
    'the service does not build from this repository, or into this destination',
    'name another one, or ask an operator to allow it: TWINHULL_ALLOWED_REPOSITORIES, TWINHULL_ALLOWED_DESTINATIONS',
  ),
  IdempotencyKeyReused: user(
    'the Idempotency-Key was already used for a different request',
    'send a new key with a new request',
  ),
  WebhookNotSetUp: user(
    'the service does not accept webhooks from GitHub',
    'ask an operator to set TWINHULL_GITHUB_WEBHOOK_SECRET_FILE (docs/github.md)',
  ),
  SignatureInvalid: user(
    'a webhook has no signature, or one that does not match the secret',
    'set the secret of the webhook at GitHub to that in TWINHULL_GITHUB_WEBHOOK_SECRET_FILE',
  ),
  SignInNotSetUp: user(
    'the service has no sign-in by OpenID Connect',
    'sign in with an API token, or ask an operator to set TWINHULL_OPENID_ISSUER (docs/operating.md)',
  ),
  SignInRefused: user(
    'the sign-in by OpenID Connect failed: it was ended, took too long, was repeated, or its answer belongs to another one',
    'start the sign-in again',
  ),
  GroupMissing: user(
    'no group of this account may use the service',
    'ask an operator for a group that TWINHULL_OPENID_GROUPS names',
  ),
  TooManyRequests: user(
    'one client sent more requests than the service accepts',
    'wait, then send requests more slowly',
  ),

  // Failures of a build
  JobFailed: user('a phase of a job failed', 'read the last log lines, fix the cause, then run `twinhull retry`'),
  JobTimedOut: user(
    'a job exceeded its run or wait timeout',
    'raise the timeout, or find in the log where the job hangs',
  ),
  JobLost: backend('a job disappeared from its backend, or its host was lost', 'retry the build'),
  DigestsUnknown: backend(
    'a job succeeded, but its log does not report the digests of the images that it pushed',
    'check that the logs of jobs can be read to their end, then run `twinhull retry`',
  ),
  StagingTagMoved: user(
    'a staging tag does not point to the image that the job pushed: another client moved it',
    'find the other client in the access log of the repository, then run `twinhull retry`',
  ),
  BasesDiffer: backend(
    'the halves of an image were built from different versions of one base image',
    'name the base by its digest, or wait until its update is complete, then run `twinhull retry`',
  ),
  VerifyFailed: user('an image in the registry does not match the plan', 'check the named image and architecture'),
  PublishFailed: backend('the registry refused to publish', 'check the named tags; `twinhull retry` publishes again'),

  // External systems
  EngineUnreachable: backend('the Docker Engine does not respond', 'start the engine, or set DOCKER_HOST'),
  EngineUnsuitable: user('the Docker Engine cannot build this', 'run `twinhull doctor`'),
  BuilderImageMissing: user(
    'the builder image is neither on the engine nor in a registry',
    'set TWINHULL_BUILDER_IMAGE to an image with docker, git and bash',
  ),
  BackendUnreachable: backend(
    'AWS does not respond',
    'check region, credentials, proxy and network path: `twinhull doctor`',
  ),
  AwsAccessDenied: user(
    'AWS refused the credentials, or they lack a permission',
    'run `twinhull doctor --backend aws` to find what is missing',
  ),
  JobRefused: {
    ...backend('the job backend refused to start a job', 'check the reason in the message'),
    retryable: false,
  },
  RegistryUnreachable: backend('the registry does not respond', 'check host, port, proxy and certificate'),
  RegistryRefused: backend('the registry returned an error', 'check the status and text in the message'),
  GitHubRefused: user(
    'GitHub refused a request to its API',
    'check the reason in the message; docs/github.md lists the required permissions',
  ),
  IdentityProviderUnreachable: backend(
    'the OpenID provider does not respond',
    'try again later, or sign in with an API token; operators: `twinhull doctor`',
  ),
  IdentityProviderRefused: user(
    'the OpenID provider refused the service, or its metadata cannot be used',
    'sign in with an API token; operators: correct the settings TWINHULL_OPENID_…, then run `twinhull doctor`',
  ),
  GitHubUnreachable: backend(
    'GitHub’s API does not respond, or limits requests',
    'check TWINHULL_GITHUB_API_URL, proxy and certificate, and www.githubstatus.com',
  ),
  GitUnreachable: backend('the git server does not respond', 'check host, proxy and certificate'),
  ServerUnreachable: backend(
    'the Twinhull service does not respond',
    'check --server or TWINHULL_SERVER, proxy and certificate, and that `twinhull serve` runs there',
  ),
  ServerRefused: backend(
    'the server is not a Twinhull service, or one of another release',
    'check --server or TWINHULL_SERVER, and use the same release on both sides',
  ),
  StoreUnavailable: backend(
    'the build store cannot be opened or written',
    'check the path, its permissions and the free space',
  ),
  ServiceStopping: backend(
    'the service is stopping',
    'repeat the request; another replica or the restarted service continues',
  ),

  // Internal errors
  LeaseLost: {
    ...internal('another process took over the lease', 'no action is needed: the other process continues'),
    retryable: true,
  },
  BuildConflict: {
    ...internal('another process changed the build at the same time', 'no action is needed: the build is read again'),
    retryable: true,
  },
  InternalError: internal('an unexpected error', 'report it with the error id'),
} as const satisfies Record<string, ErrorEntry>;

/** A stable code of docs/errors.md, which programs may compare. */
export type ErrorCode = keyof typeof errorCatalogue;
