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
const socket: BuilderMount = { source: '/var/run/docker.sock', target: builderSocket, readOnly: false };

/**
 * Volumes and mount points of the job definition: the Docker socket and further mounts.
 * @throws SettingInvalid for a path that is not absolute
 */
export function mounts(further: readonly BuilderMount[]) {
  const all = [socket, ...further].map(({ source, target = source, readOnly = true }, index) => {
    const wrong = [source, target].find((path) => !path.startsWith('/') || path.includes(':'));
    if (wrong !== undefined) throw invalidProp('job.mounts', wrong, 'give an absolute path without colons');
    return { name: index === 0 ? 'docker-socket' : `mount-${index}`, source, target, readOnly };
  });
  return {
    volumes: all.map(({ name, source }) => ({ name, host: { sourcePath: source } })),
    mountPoints: all.map(({ name, target, readOnly }) => ({ sourceVolume: name, containerPath: target, readOnly })),
  };
}
