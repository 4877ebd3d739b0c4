import { driverDefaults } from '../domain/driver-defaults.ts';
import { stackDefaults } from './stack-defaults.ts';

/** A setting as documented for operators. docs/settings.md is generated from this table. */
export interface SettingEntry {
  readonly summary: string;
  /** The value where it is not set, as a number if the setting is one, or a description of how it is found. */
  readonly default?: string | number;
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
    default: 'the origin of the current folder',
  },
  TWINHULL_DESTINATION: { summary: 'repository in a registry that images are pushed to, `host[:port]/path`' },
  TWINHULL_BUILDER_IMAGE: { summary: 'image of the builder containers', default: 'docker:28-cli' },
  TWINHULL_GIT_TOKEN_FILE: {
    summary: 'file that holds the token for cloning from TWINHULL_GIT_HOST; none for public repositories',
  },
  TWINHULL_GIT_HOST: {
    summary:
      'the git server that this token (with aws also the secret BUILD_GIT_SECRET_ARN) is for, `host[:port][/path]`, such as `github.com` or `git.example:8443/team`. No other server receives it',
    default: 'the host of TWINHULL_REPOSITORY; if that is not set either, a token is refused',
  },
  TWINHULL_GIT_USERNAME: {
    summary: 'user name that goes with this token',
    default: '`oauth2` at gitlab.com, `x-token-auth` at bitbucket.org, else `x-access-token`',
  },
  TWINHULL_GIT_CREDENTIALS_FILE: {
    summary:
      'further tokens for further git servers: one URL per line, `https://user:token@host[:port][/path]`, as `git credential-store` writes them (special characters percent-encoded). A repository uses the line with its host and the longest matching path; others get no token',
  },
  TWINHULL_GIT_CA_FILE: { summary: 'PEM file of a private CA that signed the git server’s certificate' },
  TWINHULL_REGISTRY_CA_FILE: { summary: 'PEM file of a private CA that signed the registry’s certificate' },
  TWINHULL_REGISTRY_CREDENTIALS_FILE: {
    summary:
      'logins of registries: one URL per line, `https://user:password@host[:port]` (special characters percent-encoded). Each is used only for its host, and overrides that of `docker login`',
  },
  TWINHULL_BASE_REGISTRIES: {
    summary:
      'registries of base images that need a login, `host[:port]`, separated by commas: jobs get the login, from TWINHULL_REGISTRY_CREDENTIALS_FILE, from `docker login` and its credential helpers, or of ECR. aws: `host[:port]=name or ARN` of a secret that is JSON with `username` and `password`; of ECR the host alone, where the role of the jobs logs in',
    default: 'none: jobs have the login of the destination',
  },
  TWINHULL_INSECURE_REGISTRIES: {
    summary: 'hosts, separated by commas, that may be accessed without TLS; loopback always may',
  },
  TWINHULL_SECRETS_DIR: { summary: 'folder with one file for each build secret, named by its id in the recipe' },
  TWINHULL_SECRET_RULES: {
    summary: 'YAML file that names the repositories and recipes that may use each build secret (docs/recipes.md)',
    default: 'recipes of the operator may use each secret, in every repository; no others may',
  },
  TWINHULL_REGION: {
    summary: 'AWS region passed to build scripts if the destination is not at ECR',
    default: `BATCH_REGION, or ${stackDefaults.region}`,
  },
  DOCKER_HOST: {
    summary: 'Docker Engine for all platforms',
    default: 'that of the docker context, as for the docker command',
  },
  DOCKER_CONTEXT: {
    summary: 'docker context that names the engine where DOCKER_HOST does not',
    default: 'the current one (`docker context use`); without any unix:///var/run/docker.sock',
  },
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
    summary: 'docker: how many jobs may run at once, 1 to 100; in AWS the hosts of the queues decide',
    default: 4,
  },
  TWINHULL_PRICE_PER_HOUR: {
    summary:
      'price of a host for an hour, in any currency: one number, or `arm64=0.16,amd64=0.18`. Estimates then have the cost of a build',
  },
  TWINHULL_MAX_ATTEMPTS: {
    summary: 'attempts of a job whose host, engine or network failed, 1 to 10',
    default: driverDefaults.maxAttempts,
  },
  TWINHULL_RETRY_DELAY_SECONDS: {
    summary: 'pause before such a retry, 0 to 3600',
    default: driverDefaults.retryDelaySeconds,
  },
  TWINHULL_LEASE_SECONDS: {
    summary: 'time without a heartbeat after which another process takes over, 1 to 300',
    default: driverDefaults.leaseSeconds,
  },
  TWINHULL_INTERVAL_SECONDS: {
    summary:
      'longest interval between two polls of the store, and of the jobs of builds that changed recently, 0.05 to 60',
    default: driverDefaults.intervalSeconds,
  },
  TWINHULL_QUIET_INTERVAL_SECONDS: {
    summary:
      'aws: longest poll interval for the jobs of a build that does not change, 0.05 to 3600; the interval is a quarter of the time since the last change, up to this',
    default: 10,
  },
  TWINHULL_HEARD_INTERVAL_SECONDS: {
    summary: 'aws: the same while events of jobs come from BUILD_EVENTS_QUEUE_URL',
    default: 60,
  },
  TWINHULL_REGISTRY_PATIENCE_SECONDS: {
    summary: 'how long publishing waits for a registry that does not respond',
    default: driverDefaults.registryPatienceSeconds,
  },
  TWINHULL_SERVER: {
    summary: 'URL of a `twinhull serve` that runs the commands, as with `--server`',
    default: 'none: commands run locally',
  },
  TWINHULL_TOKEN_FILE: {
    summary: 'file that holds the API token for that service',
    default: 'the local token if the service runs on this machine with the same TWINHULL_STATE_DIR; otherwise none',
  },
  TWINHULL_SERVER_CA_FILE: { summary: 'PEM file of a private CA that signed that service’s certificate' },
  TWINHULL_INSECURE_SERVER: {
    summary:
      '`allow` plain http:// to a service on another machine, which exposes the API token to the network, or `refuse`',
    default: 'refuse; loopback is always allowed',
  },
  TWINHULL_LISTEN: {
    summary:
      'serve: where the API listens, `host:port`; an address other than loopback requires a token from `twinhull token create`; every request needs a token',
    default: '127.0.0.1:8080',
  },
  TWINHULL_PUBLIC_URL: {
    summary:
      'serve: the URL under which others reach the API, for its own documentation and for links in commit statuses',
  },
  TWINHULL_ALLOWED_REPOSITORIES: {
    summary:
      'serve: git repositories that the API may build from, separated by commas; one that ends in a slash allows all below it',
    default: 'TWINHULL_REPOSITORY',
  },
  TWINHULL_ALLOWED_DESTINATIONS: {
    summary: 'serve: repositories in a registry that the API may build into, in the same form',
    default: 'TWINHULL_DESTINATION',
  },
  TWINHULL_RATE_LIMIT: { summary: 'serve: requests a minute that one token may send, 1 to 1000000', default: 1200 },
  TWINHULL_GITHUB_WEBHOOK_SECRET_FILE: {
    summary:
      'serve: file with the secret of GitHub’s webhook, one a line: during rotation, the old one may follow the new one. Without it no webhook is accepted',
  },
  TWINHULL_GITHUB_RECIPES: {
    summary:
      'serve: recipe files whose `on.push` selects the pushes to build, separated by commas; `https://github.com/owner/name=file` for one repository alone',
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
  TWINHULL_OPENID_ISSUER: {
    summary:
      'serve: OpenID provider where people sign in to the pages: its issuer URL, exactly as in its metadata; https://, or http:// to loopback. It needs TWINHULL_PUBLIC_URL (docs/operating.md)',
    default: 'none: browsers sign in with an API token',
  },
  TWINHULL_OPENID_CLIENT_ID: { summary: 'serve: id of this service at the provider' },
  TWINHULL_OPENID_CLIENT_SECRET_FILE: {
    summary: 'serve: file with the secret of this client',
    default: 'none: a public client, with PKCE alone',
  },
  TWINHULL_OPENID_GROUPS: {
    summary:
      'serve: which group of the provider gets which scope, `group=read`, `group=build` or `group=admin`, separated by commas; of several groups of a person the widest one counts. `*=read` is for every account of the provider. In a name, `%2C` is a comma and `%25` a percent sign; a group has one scope',
  },
  TWINHULL_OPENID_GROUPS_CLAIM: {
    summary:
      'serve: claim with the groups, in the ID token or else from the userinfo endpoint; `realm_access.roles` is a field of an object',
    default: 'groups',
  },
  TWINHULL_OPENID_SCOPES: {
    summary: 'serve: what is requested from the provider in addition to `openid`, separated by commas or blanks',
    default: 'profile email',
  },
  TWINHULL_OPENID_AUDIENCE: {
    summary: 'serve: value that `aud` of ID tokens must contain in addition to the client id',
    default: 'none: the client id is enough',
  },
  TWINHULL_OPENID_CA_FILE: { summary: 'serve: PEM file of a private CA that signed the provider’s certificate' },
  TWINHULL_SESSION_HOURS: {
    summary: 'serve: how long a browser stays signed in, 0.01 to 720',
    default: '168 with an API token, 12 by OpenID Connect, where groups are read at sign-in',
  },
  TWINHULL_DRAIN_SECONDS: {
    summary:
      'serve: how long it still serves requests after SIGTERM while it reports that it is not ready, so that load balancers notice, 0 to 15',
    default: 2,
  },
  BATCH_REGION: {
    summary: 'aws: region of Batch, ECR and Secrets Manager',
    default: `AWS_REGION, or ${stackDefaults.region}`,
  },
  BUILD_ARM64_QUEUE: { summary: 'aws: Batch job queue of linux/arm64, its name or ARN' },
  BUILD_AMD64_QUEUE: { summary: 'aws: Batch job queue of linux/amd64, its name or ARN' },
  BUILD_EVENTS_QUEUE_URL: {
    summary:
      'aws: URL of the SQS queue with the events of both job queues, read by the process that drives the builds; use one queue per build store',
    default: 'none: jobs are polled',
  },
  BUILD_JOB_DEFINITION: { summary: 'aws: Batch job definition of the builder: `name`, `name:revision` or ARN' },
  BUILD_TIMEOUT_SECONDS: {
    summary: 'aws: run limit of the job definition; a recipe with a longer `timeouts.run` is refused',
    default: 'none: no recipe is refused',
  },
  BUILD_GIT_SECRET_ARN: {
    summary:
      'aws: name or ARN of the git token in Secrets Manager, which only jobs read; none for public repositories. It is for TWINHULL_GIT_HOST; a secret that is a JSON object may name its `host` itself, and both must agree',
  },
  TWINHULL_GIT_SECRET_KEY: {
    summary: 'aws: key of the token, where that secret is a JSON object',
    default: '`token`',
  },
  TWINHULL_GIT_SECRETS: {
    summary:
      'aws: `host[:port][/path]=name or ARN` pairs, separated by commas: secrets with the tokens of further git servers',
  },
  TWINHULL_BUILD_SECRETS: {
    summary:
      'aws: `id=name or ARN` pairs, separated by commas: where Secrets Manager holds the build secrets of recipes',
  },
  ECR_REPOSITORY: { summary: 'aws: name of the ECR repository, the default destination' },
  TWINHULL_SETTLE_SECONDS: {
    summary: 'aws: how long to wait for a job to appear after a submission without a response, 1 to 3600',
    default: driverDefaults.settleSeconds,
  },
} as const satisfies Record<string, SettingEntry>;

/** The environment variable of a setting, also its name in the settings file. */
export type SettingName = keyof typeof settingsCatalogue;

/** A setting whose default is a number. */
export type NumberSetting = {
  [Name in SettingName]: (typeof settingsCatalogue)[Name] extends { readonly default: number } ? Name : never;
}[SettingName];
