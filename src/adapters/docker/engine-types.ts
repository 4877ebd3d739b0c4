/**
 * The parts of the engine's requests and responses in use, under the API's own names
 * (https://docs.docker.com/reference/api/engine/version/v1.41/).
 */

/** Response of `GET /version`. */
export interface EngineVersion {
  readonly Version: string;
  readonly ApiVersion: string;
  /** In the OCI form: `amd64`, `arm64`. */
  readonly Arch: string;
  readonly Os: string;
}

/** Response of `GET /info`. */
export interface EngineInfo {
  readonly Driver: string;
  readonly DockerRootDir: string;
  readonly NCPU: number;
  /** Bytes. */
  readonly MemTotal: number;
}

/** An item of `GET /containers/json`. */
export interface ContainerSummary {
  readonly Id: string;
  readonly Command: string;
  readonly State: string;
}

/** Response of `GET /containers/{id}/json`. */
export interface Container {
  readonly Id: string;
  /** Begins with `/`. */
  readonly Name: string;
  readonly Created: string;
  readonly State: ContainerState;
  readonly Config: { readonly Labels: Readonly<Record<string, string>> };
}

/** https://docs.docker.com/reference/api/engine/version/v1.44/#tag/Container/operation/ContainerInspect */
export interface ContainerState {
  readonly Status: string;
  readonly ExitCode: number;
  readonly OOMKilled: boolean;
  readonly Error: string;
  readonly StartedAt: string;
  readonly FinishedAt: string;
}

/** Body of `POST /containers/create`. */
export interface ContainerRequest {
  readonly Image: string;
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly Labels?: Readonly<Record<string, string>>;
  readonly Healthcheck?: { readonly Test: readonly string[] };
  readonly StopSignal?: string;
  readonly StopTimeout?: number;
  readonly AttachStdin?: boolean;
  readonly OpenStdin?: boolean;
  readonly StdinOnce?: boolean;
  readonly HostConfig?: HostSettings;
}

/** The parts of `HostConfig` in use; sizes are bytes. */
export interface HostSettings {
  readonly Init?: boolean;
  readonly AutoRemove?: boolean;
  readonly Privileged?: boolean;
  readonly RestartPolicy?: { readonly Name: 'no' };
  readonly LogConfig?: { readonly Type: string; readonly Config: Readonly<Record<string, string>> };
  readonly Mounts?: readonly { readonly Type: 'bind' | 'volume'; readonly Source: string; readonly Target: string }[];
  readonly Tmpfs?: Readonly<Record<string, string>>;
  readonly NetworkMode?: string;
  readonly ExtraHosts?: readonly string[];
}
