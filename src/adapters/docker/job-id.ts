/**
 * A job's id names its container and its engine, so that it stays valid after a restart, and even after the operator
 * assigned another engine to its platform: `{container id}@{engine address}`.
 */
export interface JobId {
  readonly containerId: string;
  readonly engine: string;
}

/** The id that the store keeps; the inverse of `parseJobId`. */
export function formatJobId(id: JobId): string {
  return `${id.containerId}@${id.engine}`;
}

/** Undefined for text that is no id of ours. */
export function parseJobId(text: string): JobId | undefined {
  const match = /^([0-9a-f]{64})@(.+)$/.exec(text);
  const [, containerId, engine] = match ?? [];
  return containerId === undefined || engine === undefined ? undefined : { containerId, engine };
}

/** The first twelve digits of a container's id, as docker shows it. */
export function jobKeyOf(containerId: string): string {
  return containerId.slice(0, 12);
}
