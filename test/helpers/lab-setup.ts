import { ensureLab } from '../../lab/lab.ts';

/** Runs before any test that needs real parts: an engine, a registry, a git server. */
export async function setup(): Promise<void> {
  await ensureLab();
}
