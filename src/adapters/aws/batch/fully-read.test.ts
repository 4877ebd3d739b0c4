import { expect, it, onTestFinished } from 'vitest';
import { scriptedRun } from '../../../../lab/batch-stand-in/scripted-run.ts';
import { openBatchBed } from '../../../../test/helpers/batch-bed.ts';
import { jobKeyOf, lastLines, mark } from '../../../../test/helpers/batch-conduct.ts';

it('resumes a log that was read to its end without waiting for more', async () => {
  const run = scriptedRun({
    milliseconds: 200,
    end: { exitCode: 0 },
    lines: (context) => [mark(context, `hello 1 0 ${jobKeyOf(context)}`), mark(context, 'begin build app')],
    lastLines: (context) => lastLines(context, { exitCode: 0 }),
  });
  const bed = await openBatchBed({ conduct: () => ({ runs: [run] }) });
  onTestFinished(() => bed.dispose());
  // Longer than the test's timeout.
  const backend = bed.backend({ logGraceMilliseconds: 600_000 });
  const job = await backend.submit({
    ...{ name: 'twinhull-b-arm64-1', platform: 'linux/arm64', buildId: 'b', attempt: 1, environment: {} },
    ...{ buildSecrets: [], registryHost: 'registry.invalid', timeoutSeconds: 600 },
  });
  const read = async (cursor?: string) => {
    const chunks: { readonly text: string; readonly cursor: string }[] = [];
    for await (const chunk of backend.readLog(job.id, { follow: true, cursor })) chunks.push(chunk);
    return chunks;
  };
  const whole = await read();
  expect(whole.map(({ text }) => text).join('')).toMatch(/hello 1 0 .*end cleanup - 0\n$/s);
  expect(await read(whole.at(-1)?.cursor)).toEqual([]);
});
