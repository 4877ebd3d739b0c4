import { LabError, reasonOf } from './lab-error.ts';
import type { LabContext, Part } from './part.ts';

export interface PartReport {
  readonly name: string;
  readonly seconds: number;
  /** The result of its failed check. */
  readonly reason: string;
}

export interface AssembleListener {
  onStart(name: string, reason: string): void;
  onFinish(report: PartReport): void;
}

/** Starts the parts concurrently, each as soon as those it needs are up; reports which had to be started. */
export async function assemble(
  parts: readonly Part[],
  context: LabContext,
  listener: AssembleListener,
): Promise<readonly PartReport[]> {
  const reports: PartReport[] = [];
  const underway = new Map<string, Promise<void>>();

  const bringUp = async (part: Part): Promise<void> => {
    await Promise.all(part.needs.map((name) => underway.get(name) ?? Promise.resolve()));
    const reason = await part.check(context);
    if (reason === undefined) return;
    listener.onStart(part.name, reason);
    const started = Date.now();
    await startPart(part, context);
    const report = { name: part.name, reason, seconds: (Date.now() - started) / 1000 };
    reports.push(report);
    listener.onFinish(report);
  };

  for (const part of parts) {
    const missing = part.needs.find((name) => !underway.has(name));
    if (missing !== undefined) throw new Error(`the part ${part.name} needs ${missing}, which does not come before it`);
    underway.set(part.name, bringUp(part));
  }
  // Waits for all of them: no part may still be starting when the lock is released.
  const outcomes = await Promise.allSettled(underway.values());
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
  return reports;
}

async function startPart(part: Part, context: LabContext): Promise<void> {
  try {
    await part.start(context);
  } catch (error) {
    const hint = error instanceof LabError ? error.hint : undefined;
    throw new LabError(`the lab's ${part.name} cannot be set up: ${reasonOf(error)}`, {
      cause: error,
      ...(hint === undefined ? {} : { hint }),
    });
  }
  const still = await part.check(context);
  if (still !== undefined) throw new LabError(`the lab's ${part.name} was set up, but ${still}`);
}
