import { builderFolder, builderSocket } from '../../builder/contract.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { JobRequest } from '../../ports/job-backend.ts';
import type { ContainerRequest } from './engine-types.ts';

/** Labels of a builder container. None contains a secret: all who may list containers can read them. */
export const jobLabels = {
  builder: 'dev.twinhull.builder',
  build: 'dev.twinhull.build',
  platform: 'dev.twinhull.platform',
  attempt: 'dev.twinhull.attempt',
  jobName: 'dev.twinhull.job-name',
} as const;

/** Filter for the containers and volumes that builders own. */
export const builderLabel = `${jobLabels.builder}=1`;

/** What all jobs of the backend have in common. */
export interface JobContainerOptions {
  readonly builderImage: string;
  /** Folder of the job's volume on the engine's host. */
  readonly sharedFolder: string;
  /** Text of receive.sh. */
  readonly receiveScript: string;
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
export function jobContainer(request: JobRequest, options: JobContainerOptions): ContainerRequest {
  const receiving = receivingMounts(options.hostSocket);
  return {
    Image: options.builderImage,
    // Replaces the image's own entrypoint, so that the script is PID 1 in any image and receives TERM.
    ...receivingCommand(options.receiveScript, ['sh', `${builderFolder}/builder.sh`]),
    User: '0:0',
    Env: Object.entries({
      ...options.environment,
      ...request.environment,
      TWINHULL_SHARED_FOLDER: options.sharedFolder,
    }).map(([name, value]) => `${name}=${value}`),
    Labels: labelsOf(request),
    Healthcheck: { Test: ['NONE'] },
    StopSignal: 'SIGTERM',
    StopTimeout: options.graceSeconds,
    HostConfig: {
      Init: false,
      AutoRemove: false,
      Privileged: false,
      RestartPolicy: { Name: 'no' },
      LogConfig: wholeLog,
      ...receiving,
      // At the same path as on the engine's host, so that a script can mount folders of its checkout.
      Mounts: [...receiving.Mounts, { Type: 'volume', Source: volumeOf(request.name), Target: options.sharedFolder }],
      ...(options.network === undefined ? {} : { NetworkMode: options.network }),
      ...(options.extraHosts === undefined ? {} : { ExtraHosts: [...options.extraHosts] }),
    },
  };
}

/** Labels by which a job is found again after a crash of the driver. */
export function labelsOf(request: JobRequest): Record<string, string> {
  return {
    [jobLabels.builder]: '1',
    [jobLabels.build]: request.buildId,
    [jobLabels.platform]: request.platform,
    [jobLabels.attempt]: String(request.attempt),
    [jobLabels.jobName]: request.name,
  };
}

/** The job's volume, which contains its checkout. */
export function volumeOf(jobName: string): string {
  return `twinhull-checkout-${jobName}`;
}

/** Makes a container read files from its standard input before it runs `command`: see receive.sh. */
export function receivingCommand(receiveScript: string, command: readonly string[]) {
  return {
    Entrypoint: ['sh', '-c', receiveScript, 'receive.sh', builderFolder, ...command],
    Cmd: [],
    AttachStdin: true,
    OpenStdin: true,
    // The input ends when the connection that was attached first is closed.
    StdinOnce: true,
  };
}

/** The engine's socket, and a folder in memory for the received files. */
export function receivingMounts(hostSocket: string) {
  return {
    // A mount, not a bind: the engine rejects a missing source, where a bind would create an empty folder.
    Mounts: [{ Type: 'bind' as const, Source: hostSocket, Target: builderSocket }],
    Tmpfs: { [builderFolder]: 'mode=0700' },
  };
}

/**
 * One file that never rotates and never drops a line. Every option is set, because the engine adds its own defaults
 * (`log-opts` in daemon.json) for options that are omitted.
 */
const wholeLog = {
  Type: 'json-file',
  Config: { 'max-size': '1t', 'max-file': '1', compress: 'false', mode: 'blocking' },
};

/** @throws JobRefused for values that the engine would misinterpret, or reject only halfway */
export function refuseUnfitRequest(request: JobRequest): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{1,127}$/.test(request.name))
    refuse(request, 'its name is not a valid container name');
  const secret = request.buildSecrets.find((id) => !/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(id));
  if (secret !== undefined) refuse(request, `the secret id "${secret}" cannot be a file name`);
  for (const [name, value] of Object.entries(request.environment)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) refuse(request, `the environment name "${name}" is not valid`);
    if (value.includes('\0')) refuse(request, `the value of ${name} contains a NUL`);
  }
}

function refuse(request: JobRequest, why: string): never {
  throw new TwinhullError('JobRefused', `job "${request.name}" was not started: ${why}`, {
    platform: request.platform,
    hint: 'report it: an earlier check should have refused this',
  });
}
