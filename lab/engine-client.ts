import { existsSync } from 'node:fs';
import { run, succeeds, tryRun } from './run.ts';

const debianClient = '/usr/bin/docker';

export function engineHost(): string {
  return process.env['DOCKER_HOST'] || 'unix:///var/run/docker.sock';
}

/** Prefers Debian's client: BuildKit is built into it, while a newer client needs the buildx plugin. */
export function dockerClient(): string {
  return existsSync(debianClient) ? debianClient : 'docker';
}

export function engineAnswers(host: string = engineHost()): Promise<boolean> {
  return succeeds(dockerClient(), ['--host', host, 'version', '--format', '{{.Server.Version}}'], {
    timeoutMilliseconds: 10_000,
  });
}

export function docker(
  host: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return run(dockerClient(), ['--host', host, ...args], { env });
}

export function tryDocker(host: string, args: readonly string[]): Promise<string | undefined> {
  return tryRun(dockerClient(), ['--host', host, ...args], { timeoutMilliseconds: 20_000 });
}
