import { ensureLab } from '../../lab/lab.ts';

/** Before any test that needs real parts: an engine, a registry, a git server. */
export async function setup(): Promise<void> {
  await ensureLab({ aws: true });
}
