import { builderSocket } from '../../src/builder/contract.ts';
import { invalidProp } from './invalid-prop.ts';

/** A folder or file of the host inside the builder's container. */
export interface BuilderMount {
  /** Absolute path on the host. */
  readonly source: string;
  /**
   * Absolute path in the container.
   * @default - the same path
   */
  readonly target?: string;
  /** @default true */
  readonly readOnly?: boolean;
}

/** The target path contains no link: see `builderSocket`. */
const socket = { source: '/var/run/docker.sock', target: builderSocket, readOnly: false };

/** Where each job keeps its checkout, in a folder of its own. */
export const defaultBuildFolder = '/var/lib/twinhull-builds';

/**
 * Volumes and mount points of the job definition: the Docker socket, the folder of builds and further mounts.
 * @param buildFolder is mounted at its own path, so that containers of a script can mount what the job has there
 * @throws SettingInvalid for a path that is not absolute
 */
export function mounts(buildFolder: string, further: readonly BuilderMount[]) {
  if (!/^(?:\/[A-Za-z0-9_-][A-Za-z0-9._-]*)+$/.test(buildFolder))
    throw invalidProp('job.buildFolder', buildFolder, 'give an absolute path of letters, digits and . _ -');
  const others = further.map(({ source, target = source, readOnly = true }, index) => {
    const wrong = [source, target].find((path) => !path.startsWith('/') || path.includes(':'));
    if (wrong !== undefined) throw invalidProp('job.mounts', wrong, 'give an absolute path without colons');
    if (target === buildFolder)
      throw invalidProp('job.mounts', target, 'give another target, or another job.buildFolder');
    return { name: `mount-${index + 1}`, source, target, readOnly };
  });
  const all = [
    { name: 'docker-socket', ...socket },
    { name: 'builds', source: buildFolder, target: buildFolder, readOnly: false },
    ...others,
  ];
  return {
    volumes: all.map(({ name, source }) => ({ name, host: { sourcePath: source } })),
    mountPoints: all.map(({ name, target, readOnly }) => ({ sourceVolume: name, containerPath: target, readOnly })),
  };
}
