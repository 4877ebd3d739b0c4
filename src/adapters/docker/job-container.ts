import type Docker from 'dockerode';
import { builderFolder } from '../../builder/contract.ts';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import type { JobRequest } from '../../ports/job-backend.ts';

/** Labels of a builder container. None holds a secret: whoever may list containers reads them. */
export const jobLabels = {
  builder: 'dev.twinhull.builder',
  build: 'dev.twinhull.build',
  platform: 'dev.twinhull.platform',
  attempt: 'dev.twinhull.attempt',
  jobName: 'dev.twinhull.job-name',
} as const;

export const builderLabel = `${jobLabels.builder}=1`;

export interface JobContainerOptions {
  readonly builderImage: string;
  /** The engine's socket on its host. */
  readonly hostSocket: string;
  /** Docker network of the builder. @default the engine's own default, its bridge */
  readonly network?: string | undefined;
  /** `host:address` lines for the builder's `/etc/hosts`. */
  readonly extraHosts?: readonly string[] | undefined;
  /** Added to every job's environment, below the job's own: proxies. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
  readonly graceSeconds: number;
}

/**
 * The body of `POST /containers/create`
 * (https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerCreate).
 */
export function jobContainer(request: JobRequest, options: JobContainerOptions): Docker.ContainerCreateOptions {
  return {
    Image: options.builderImage,
    // The image's own entrypoint is left out, so that the script is PID 1 in any image and TERM reaches it.
    Entrypoint: ['sh', `${builderFolder}/builder.sh`],
    Cmd: [],
    User: '0:0',
    Env: Object.entries({ ...options.environment, ...request.environment }).map(([name, value]) => `${name}=${value}`),
    Labels: {
      [jobLabels.builder]: '1',
      [jobLabels.build]: request.buildId,
      [jobLabels.platform]: request.platform,
      [jobLabels.attempt]: String(request.attempt),
      [jobLabels.jobName]: request.name,
    },
    Healthcheck: { Test: ['NONE'] },
    StopSignal: 'SIGTERM',
    StopTimeout: options.graceSeconds,
    HostConfig: {
      Init: false,
      AutoRemove: false,
      Privileged: false,
      RestartPolicy: { Name: 'no' },
      LogConfig: wholeLog,
      // A mount, not a bind: the engine refuses a missing source where a bind would make an empty folder of it.
      Mounts: [{ Type: 'bind', Source: options.hostSocket, Target: '/var/run/docker.sock' }],
      ...(options.network === undefined ? {} : { NetworkMode: options.network }),
      ...(options.extraHosts === undefined ? {} : { ExtraHosts: [...options.extraHosts] }),
    },
  };
}

/**
 * One file that never rotates and never drops a line. Said in full, because the engine adds its own defaults
 * (`log-opts` in daemon.json) for every option that is left out.
 */
const wholeLog = {
  Type: 'json-file',
  Config: { 'max-size': '1t', 'max-file': '1', compress: 'false', mode: 'blocking' },
};

/** @throws JobRefused for what the engine would take in a wrong sense, or only refuse halfway */
export function refuseUnfitRequest(request: JobRequest): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{1,127}$/.test(request.name))
    refuse(request, 'its name is not one that a container can have');
  const secret = request.buildSecrets.find((id) => !/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(id));
  if (secret !== undefined) refuse(request, `the secret id "${secret}" cannot be a file name`);
  for (const [name, value] of Object.entries(request.environment)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) refuse(request, `the environment name "${name}" is not valid`);
    if (value.includes('\0')) refuse(request, `the value of ${name} holds a NUL`);
  }
}

function refuse(request: JobRequest, why: string): never {
  throw new TwinhullError('JobRefused', `job "${request.name}" was not started: ${why}`, {
    platform: request.platform,
    hint: 'this should have been refused earlier: please report it',
  });
}
