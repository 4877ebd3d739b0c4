import { expect, it, onTestFinished } from 'vitest';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { oneImage } from '../helpers/e2e-recipes.ts';

it('gives no hint about registries and disks when a test of the repository prints such words', async () => {
  const bed = await E2eBed.open();
  onTestFinished(() => bed.dispose());
  const words = 'toomanyrequests: rate limit, No space left on device, x509: certificate signed by unknown authority';
  const { url } = await bed.repository({
    Dockerfile: `FROM ${bed.lab.images.busybox}\nRUN echo "${bed.name} FAILED: ${words}"; exit 1\n`,
  });
  const recipe = await bed.file(oneImage({ platforms: ['linux/amd64'] }));
  const ran = await bed.run(['build', '--repository', url, '--ref', 'main', '--recipe', recipe]);
  expect(ran.exitCode).toBe(1);
  const text = ran.stderr.replace(/\s+/g, ' ');
  expect(text).toContain('fix the error in the last log lines');
  expect(text).not.toMatch(/a registry limits pulls|free some space|add its CA/);
});
