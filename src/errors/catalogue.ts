/**
 * Every error code that Twinhull can raise. docs/errors.md is generated from this table, and a test
 * holds the table, the page and the places that throw together.
 */
export type ErrorSource = 'user' | 'backend' | 'internal';

export interface ErrorEntry {
  readonly source: ErrorSource;
  /** Whether the same call may succeed later with nothing changed by the user. */
  readonly retryable: boolean;
  /** What the code means, for the documentation. */
  readonly summary: string;
  /** What to do when the throwing place gives no better advice. */
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

export const errorCatalogue = {
  // What a user gave us
  ArgumentInvalid: user('a command line argument or option is not valid', 'see `twinhull help`'),
  SettingInvalid: user(
    'a setting (environment variable or settings file) is missing or not valid',
    'see docs/settings.md',
  ),
  RecipeNotFound: user(
    'no recipe file or preset of that name exists',
    'write one with `twinhull init`, or name a preset: vecoli',
  ),
  RecipeInvalid: user('the recipe cannot be built from', 'correct the line that is named, then try `twinhull plan`'),
  RepositoryInvalid: user(
    'the git repository URL is not one that Twinhull clones',
    'give an https:// URL without user name or password in it',
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
    'give a token that may read this repository (TWINHULL_GIT_TOKEN_FILE)',
  ),
  GitMissing: user('the git program cannot be run on this machine', 'install git 2.31 or later'),
  ImageReferenceInvalid: user(
    'an image repository, tag or digest has a form that registries do not allow',
    'correct the value',
  ),
  TagInUse: user('another live build is going to publish the same tag', 'wait for that build, or cancel it'),
  TagExists: user(
    'the tag to be published already stands in the registry and no stored build put it there',
    'use the image that is there, or replace it with --force',
  ),
  TagImmutable: user(
    'the registry does not allow that a tag is moved',
    'build another commit, or allow the tag to move in the registry',
  ),
  DeletionRefused: user(
    'the registry does not let tags or images be deleted',
    'switch deletion on in the registry; docs/retention.md says how',
  ),
  BuildNotFound: user('no build has that id', 'see `twinhull list`'),
  BuildNotRetryable: user('the build is not in a state that can be retried', 'see `twinhull status`'),
  ImageNotPublished: user('no published image was found for that commit', 'build it first'),
  RegistryAccessDenied: user(
    'the registry refused the credentials',
    'log in with `docker login`, or correct the credentials',
  ),

  // What a user of the service sent
  RequestInvalid: user('the request is not one that the API takes', 'correct what is named; see /docs'),
  RequestTooLarge: user('the request is larger than the API takes', 'send less: the message says how much is taken'),
  RouteNotFound: user('the API has no such route', 'see /docs'),
  TokenInvalid: user(
    'no API token came with the request, or one that is unknown or revoked',
    'send `Authorization: Bearer th_…`, by the command line with TWINHULL_TOKEN_FILE; operators make tokens: `twinhull token create`',
  ),
  TokenNotFound: user('no API token has that id', 'see `twinhull token list`'),
  ScopeMissing: user('the API token does not allow this', 'use a token of a wider scope'),
  NotAllowedHere: user(
    'the service does not build from this repository, or into this destination',
    'name another, or have an operator allow it: TWINHULL_ALLOWED_REPOSITORIES, TWINHULL_ALLOWED_DESTINATIONS',
  ),
  IdempotencyKeyReused: user(
    'the Idempotency-Key was used for another request before',
    'send a new key with a new request',
  ),
  WebhookNotSetUp: user(
    'the service takes no webhooks from GitHub',
    'have an operator set TWINHULL_GITHUB_WEBHOOK_SECRET_FILE; docs/github.md says how',
  ),
  SignatureInvalid: user(
    'a webhook came without a signature, or with one that is not made with our secret',
    'give the webhook at GitHub the secret that is in TWINHULL_GITHUB_WEBHOOK_SECRET_FILE',
  ),
  TooManyRequests: user('more requests came than the service takes from one sender', 'wait, then go on more slowly'),

  // What went wrong in a build
  JobFailed: user('a phase of a job failed', 'read the last log lines, mend the cause, then `twinhull retry`'),
  JobTimedOut: user('a job ran or waited longer than it may', 'raise the timeout, or see in the log where it hangs'),
  JobLost: backend('a job disappeared from its backend, or its host was lost', 'retry the build'),
  VerifyFailed: user(
    'an image in the registry is not what the plan says',
    'see which image and architecture are named',
  ),
  PublishFailed: backend(
    'the registry refused to publish for good',
    'see which tags are named; `twinhull retry` publishes again',
  ),

  // What is outside of us
  EngineUnreachable: backend('no Docker Engine answers', 'start the engine, or set DOCKER_HOST'),
  EngineUnsuitable: user('the Docker Engine cannot build this', 'run `twinhull doctor`'),
  BuilderImageMissing: user(
    'the builder image is neither on the engine nor in a registry',
    'set TWINHULL_BUILDER_IMAGE to an image with docker, git and bash',
  ),
  BackendUnreachable: backend(
    'AWS does not answer',
    'check region, credentials, proxy and network path: `twinhull doctor`',
  ),
  AwsAccessDenied: user(
    'AWS refused the credentials, or does not let them do this',
    'see what is missing: `twinhull doctor --backend aws`',
  ),
  JobRefused: {
    ...backend('the job backend refused to start a job', 'see the reason it gave'),
    retryable: false,
  },
  RegistryUnreachable: backend('the registry does not answer', 'check host, port, proxy and certificate'),
  RegistryRefused: backend('the registry answered with an error', 'see the status and text it gave'),
  GitHubRefused: user(
    'GitHub refused a request to its API for good',
    'see what it says; docs/github.md lists the permissions that are needed',
  ),
  GitHubUnreachable: backend(
    'GitHub’s API does not answer, or asks to wait',
    'check TWINHULL_GITHUB_API_URL, proxy and certificate, and www.githubstatus.com',
  ),
  GitUnreachable: backend('the git server does not answer', 'check host, proxy and certificate'),
  ServerUnreachable: backend(
    'the Twinhull service does not answer',
    'check --server or TWINHULL_SERVER, proxy and certificate; does `twinhull serve` run there?',
  ),
  ServerRefused: backend(
    'what answers is no Twinhull service, or one of another release',
    'check --server or TWINHULL_SERVER; are both of the same release?',
  ),
  StoreUnavailable: backend(
    'the build store cannot be opened or written',
    'check the path, its permissions and the free space',
  ),
  ServiceStopping: backend('the service is about to stop', 'nothing: another replica, or its successor, goes on'),

  // What should not happen
  LeaseLost: {
    ...internal('another process took over the driving of builds', 'nothing: the other process goes on'),
    retryable: true,
  },
  BuildConflict: {
    ...internal('a build was changed by somebody else in between', 'nothing: it is read again'),
    retryable: true,
  },
  InternalError: internal('an unexpected error', 'please report it with the error id'),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorCatalogue;
