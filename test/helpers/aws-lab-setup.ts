import { ensureLab } from '../../lab/lab.ts';

/** Runs before any test that needs the lab's AWS. */
export async function setup(): Promise<void> {
  await ensureLab({ aws: true });
}
