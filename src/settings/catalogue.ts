/** A setting as operators see it. docs/settings.md is generated from this table. */
export interface SettingEntry {
  readonly summary: string;
  /** Shown in the documentation; the code that reads it holds the real one. */
  readonly default?: string;
}

/** Every setting, by the name of its environment variable. The settings file takes the same names. */
export const settingsCatalogue = {
  TWINHULL_BACKEND: {
    summary: '`docker` or `aws`: where jobs run',
    default: 'aws where BUILD_JOB_DEFINITION is set, else docker',
  },
  TWINHULL_STATE_DIR: {
    summary: 'folder of the build store',
    default: '$XDG_STATE_HOME/twinhull or ~/.local/state/twinhull',
  },
  DATABASE_URL: {
    summary: 'PostgreSQL database of the build store, `postgres://user@host/name`, for several machines that share one',
    default: 'a SQLite file in TWINHULL_STATE_DIR',
  },
  TWINHULL_RECIPE: { summary: 'recipe file, or name of a preset', default: 'twinhull.yaml' },
  TWINHULL_REPOSITORY: {
    summary: 'git repository to build from, an https:// URL',
    default: 'the origin of the folder you stand in',
  },
  TWINHULL_DESTINATION: { summary: 'repository in a registry that images are pushed to, `host[:port]/path`' },
  TWINHULL_BUILDER_IMAGE: { summary: 'image of the builder containers', default: 'docker:cli' },
  TWINHULL_GIT_TOKEN_FILE: { summary: 'file that holds the token for cloning; none for public repositories' },
  TWINHULL_GIT_CA_FILE: { summary: 'PEM file of a private CA that signed the git server’s certificate' },
  TWINHULL_REGISTRY_CA_FILE: { summary: 'PEM file of a private CA that signed the registry’s certificate' },
  TWINHULL_INSECURE_REGISTRIES: {
    summary: 'hosts, separated by commas, that may be spoken to without TLS; loopback always may',
  },
  TWINHULL_SECRETS_DIR: { summary: 'folder with one file for each build secret, named by its id in the recipe' },
  TWINHULL_REGION: {
    summary: 'AWS region that build scripts are told, where the destination is not at ECR',
    default: 'BATCH_REGION, or us-gov-west-1',
  },
  DOCKER_HOST: { summary: 'Docker Engine for all platforms', default: 'unix:///var/run/docker.sock' },
  TWINHULL_DOCKER_HOST_ARM64: {
    summary: 'Docker Engine for linux/arm64: unix://, tcp:// or ssh://',
    default: 'DOCKER_HOST',
  },
  TWINHULL_DOCKER_HOST_AMD64: { summary: 'Docker Engine for linux/amd64', default: 'DOCKER_HOST' },
  TWINHULL_DOCKER_NETWORK: {
    summary: 'Docker network of the builder containers',
    default: 'the engine’s default bridge',
  },
  TWINHULL_EMULATION: {
    summary: '`allow` or `refuse` to build a foreign platform by emulation',
    default: 'allow; with aws refuse',
  },
  TWINHULL_MAX_JOBS: {
    summary: 'docker: how many jobs may run at once, 1 to 100; in AWS the queues’ hosts say',
    default: '4',
  },
  TWINHULL_MAX_ATTEMPTS: { summary: 'attempts of a job whose host, engine or network failed, 1 to 10', default: '3' },
  TWINHULL_RETRY_DELAY_SECONDS: { summary: 'pause before such an attempt, 0 to 3600', default: '2' },
  TWINHULL_LEASE_SECONDS: {
    summary: 'after how long without a sign of life another process takes over, 1 to 300',
    default: '10',
  },
  TWINHULL_INTERVAL_SECONDS: {
    summary: 'longest time between two looks at the store, and at the jobs of builds that changed lately, 0.05 to 60',
    default: '1',
  },
  TWINHULL_QUIET_INTERVAL_SECONDS: {
    summary:
      'aws: longest time between two looks at the jobs of a build in which nothing happens, 0.05 to 3600; it grows to that by a quarter of the quiet',
    default: '10',
  },
  TWINHULL_HEARD_INTERVAL_SECONDS: {
    summary: 'aws: the same while events of jobs come from BUILD_EVENTS_QUEUE_URL',
    default: '60',
  },
  TWINHULL_REGISTRY_PATIENCE_SECONDS: {
    summary: 'how long a registry that does not answer is waited for at the end of a build',
    default: '3600',
  },
  TWINHULL_SERVER: {
    summary: 'URL of a `twinhull serve` that commands are sent to, as by `--server`',
    default: 'none: commands do their work themselves',
  },
  TWINHULL_TOKEN_FILE: { summary: 'file that holds the API token for that service' },
  TWINHULL_SERVER_CA_FILE: { summary: 'PEM file of a private CA that signed that service’s certificate' },
  TWINHULL_LISTEN: {
    summary: 'serve: where the API listens, `host:port`; anywhere but on loopback only once there is a token',
    default: '127.0.0.1:8080',
  },
  TWINHULL_PUBLIC_URL: {
    summary:
      'serve: the URL under which others reach the API, for its own documentation and for links in commit statuses',
  },
  TWINHULL_ALLOWED_REPOSITORIES: {
    summary:
      'serve: git repositories that the API builds from, separated by commas; with a slash at the end, all below it',
    default: 'TWINHULL_REPOSITORY',
  },
  TWINHULL_ALLOWED_DESTINATIONS: {
    summary: 'serve: repositories in a registry that the API builds into, likewise',
    default: 'TWINHULL_DESTINATION',
  },
  TWINHULL_RATE_LIMIT: { summary: 'serve: requests a minute that one token may send, 1 to 1000000', default: '1200' },
  TWINHULL_GITHUB_WEBHOOK_SECRET_FILE: {
    summary:
      'serve: file with the secret of GitHub’s webhook, one a line: while it is being replaced, the old one may follow the new one. Without it no webhook is taken',
  },
  TWINHULL_GITHUB_RECIPES: {
    summary:
      'serve: recipe files whose `on.push` says which pushes to build, separated by commas; `https://github.com/owner/name=file` for one repository alone',
    default: 'TWINHULL_RECIPE',
  },
  TWINHULL_GITHUB_API_URL: {
    summary: 'GitHub’s API; of a GitHub Enterprise Server `https://host/api/v3`',
    default: 'https://api.github.com',
  },
  TWINHULL_GITHUB_HOST: {
    summary: 'host of the repositories that this API knows',
    default: 'github.com, or that of TWINHULL_GITHUB_API_URL',
  },
  TWINHULL_GITHUB_TOKEN_FILE: {
    summary: 'serve: file with a token that may write commit statuses; without it, or an App, none are sent',
  },
  TWINHULL_GITHUB_APP_ID: { summary: 'id of a GitHub App that reads repositories and writes commit statuses' },
  TWINHULL_GITHUB_APP_KEY_FILE: { summary: 'PEM file with the private key of that App' },
  TWINHULL_GITHUB_APP_INSTALLATION_ID: {
    summary: 'id of its installation',
    default: 'the one that has the repository',
  },
  TWINHULL_DRAIN_SECONDS: {
    summary:
      'serve: how long it still answers after SIGTERM, while it says that it is not ready, so that load balancers notice, 0 to 15',
    default: '2',
  },
  BATCH_REGION: { summary: 'aws: region of Batch, ECR and Secrets Manager', default: 'AWS_REGION, or us-gov-west-1' },
  BUILD_ARM64_QUEUE: { summary: 'aws: Batch job queue of linux/arm64, its name or ARN' },
  BUILD_AMD64_QUEUE: { summary: 'aws: Batch job queue of linux/amd64, its name or ARN' },
  BUILD_EVENTS_QUEUE_URL: {
    summary:
      'aws: URL of the SQS queue with the events of both job queues, read by whoever drives the builds; of one build store alone',
    default: 'none: jobs are looked at by the timer',
  },
  BUILD_JOB_DEFINITION: { summary: 'aws: Batch job definition of the builder: `name`, `name:revision` or ARN' },
  BUILD_GIT_SECRET_ARN: {
    summary:
      'aws: name or ARN of the git token in Secrets Manager, which only the jobs read; none for public repositories',
  },
  TWINHULL_GIT_SECRET_KEY: { summary: 'aws: key of the token, where that secret is a JSON object' },
  TWINHULL_BUILD_SECRETS: {
    summary:
      'aws: `id=name or ARN` pairs, separated by commas: where Secrets Manager holds the build secrets of recipes',
  },
  ECR_REPOSITORY: { summary: 'aws: name of the ECR repository, the destination where no other is given' },
  TWINHULL_SETTLE_SECONDS: {
    summary: 'aws: how long a job may stay unseen after a submit that got no answer, 1 to 3600',
    default: '60',
  },
} as const satisfies Record<string, SettingEntry>;

export type SettingName = keyof typeof settingsCatalogue;
