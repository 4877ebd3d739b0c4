import { ensureLab } from '../../lab/lab.ts';

/** Runs before tests on the newest engine. Their `readLab` finds it by TWINHULL_LAB_HOME, which is not set here. */
export async function setup(): Promise<void> {
  await ensureLab({ newest: true });
}
