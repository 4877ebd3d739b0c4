import type { JobObservation } from '../../ports/job-backend.ts';
import type { Engine } from './engine.ts';
import type { ContainerSummary } from './engine-types.ts';
import { handleOf, inspectContainer } from './find-container.ts';
import { builderLabel } from './job-container.ts';
import { observeContainer } from './job-observation.ts';

/**
 * Describes jobs with one list call per engine. Details that a list omits (times, exit details) are inspected once when
 * a job is first seen running, and once when it has ended, then cached until the container is gone.
 */
export class ObservedJobs {
  readonly #remembered = new Map<string, JobObservation>();
  readonly #stopReasons = new Map<string, string>();

  async describe(engine: Engine, containerIds: ReadonlySet<string>): Promise<JobObservation[]> {
    const listed = await listBuilders(engine);
    const wanted = listed.filter(({ Id, State }) => containerIds.has(Id) && State !== 'removing');
    const found = await Promise.all(wanted.map((summary) => this.#observe(engine, summary)));
    for (const id of containerIds) if (!wanted.some(({ Id }) => Id === id)) this.forget(id);
    return found.filter((observation) => observation !== undefined);
  }

  noteStop(containerId: string, reason: string): void {
    this.#stopReasons.set(containerId, reason);
  }

  forget(containerId: string): void {
    this.#remembered.delete(containerId);
    this.#stopReasons.delete(containerId);
  }

  async #observe(engine: Engine, summary: ContainerSummary): Promise<JobObservation | undefined> {
    const remembered = this.#remembered.get(summary.Id);
    if (remembered !== undefined && (remembered.state === 'running') === isUp(summary.State)) return remembered;
    const container = await inspectContainer(engine, summary.Id);
    if (container === undefined || container.State.Status === 'removing') return undefined;
    const observation = observeContainer(handleOf(container, engine), container, this.#stopReasons.get(summary.Id));
    if (observation.state !== 'queued') this.#remembered.set(summary.Id, observation);
    return observation;
  }
}

function isUp(state: string): boolean {
  return state === 'running' || state === 'paused' || state === 'restarting';
}

async function listBuilders(engine: Engine): Promise<readonly ContainerSummary[]> {
  return await engine.call('list jobs', (api, signal) => api.listContainers({ label: [builderLabel] }, signal));
}
