// `npm run bench` takes every measure in turn; `npm run bench -- NAME...` takes only these. The numbers go to
// docs/benchmarks.json, from which the page docs/benchmarks.md is generated.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { explain } from '../lab/explain.ts';
import { ensureLab, type Lab } from '../lab/lab.ts';
import { withLock } from '../lab/lock.ts';
import { Bed } from './bed.ts';
import { describeMachine } from './machine.ts';
import type { Measure } from './measure.ts';
import { awsPhases } from './measures/aws-phases.ts';
import { batchSubmit } from './measures/batch-submit.ts';
import { buildList } from './measures/build-list.ts';
import { compiledBuild } from './measures/compiled-build.ts';
import { enginePhase } from './measures/engine-phase.ts';
import { eventLatency } from './measures/event-latency.ts';
import { fetchCommit } from './measures/fetch-commit.ts';
import { hostileClient } from './measures/hostile-client.ts';
import { logPage } from './measures/log-page.ts';
import { logThroughput } from './measures/log-throughput.ts';
import { openPages } from './measures/open-pages.ts';
import { otherBuilders } from './measures/other-builders.ts';
import { presetVecoli } from './measures/preset-vecoli.ts';
import { multiStage, rebuild } from './measures/rebuild.ts';
import { reconcilePass } from './measures/reconcile-pass.ts';
import { serveGet } from './measures/serve-get.ts';
import { serveSubmits } from './measures/serve-submits.ts';
import { startUp } from './measures/start-up.ts';
import { trivialBuild } from './measures/trivial-build.ts';
import { renderPage } from './page.ts';
import { targetText, times } from './quantities.ts';
import { loadResults, type Result, saveResults, withResult } from './results.ts';
import { judge } from './statistics.ts';

const root = path.resolve(import.meta.dirname, '..');
const measures: readonly Measure[] = [
  ...[
    trivialBuild,
    compiledBuild,
    otherBuilders,
    rebuild,
    multiStage,
    presetVecoli,
    fetchCommit,
    enginePhase,
    awsPhases,
    startUp,
    logThroughput,
  ],
  ...[batchSubmit, reconcilePass, eventLatency, serveGet, serveSubmits, hostileClient, logPage, buildList, openPages],
];
const names = measures.map(({ name }) => name);

// Keep-alive connections of a measure's clients must not delay the exit.
process.exit(await main(process.argv.slice(2)));

async function main(words: readonly string[]): Promise<number> {
  const unknown = words.find((word) => !names.includes(word));
  if (unknown !== undefined) {
    process.stderr.write(`bench: there is no measure "${unknown}"\nusage: npm run bench -- [NAME...]\n\n`);
    process.stderr.write(measures.map(({ name, title }) => `  ${name.padEnd(18)}${title}\n`).join(''));
    return 2;
  }
  const chosen = measures.filter(({ name }) => words.length === 0 || words.includes(name));
  if (process.env['TWINHULL_TEST_MAIN'] === undefined)
    execFileSync(process.execPath, ['scripts/build.mjs'], { cwd: root });
  const lab = await ensureLab({ newest: true });
  const lock = path.join(tmpdir(), 'twinhull-bench.lock');
  const waiting = (pid: string): void => void process.stderr.write(`bench: process ${pid} measures; waiting for it\n`);
  return withLock(lock, waiting, () => takeAll(chosen, lab));
}

/** A measure that fails does not stop the others. @returns the exit code */
async function takeAll(chosen: readonly Measure[], lab: Lab): Promise<number> {
  let failed = 0;
  for (const measure of chosen) {
    try {
      const result = await take(measure, lab);
      publish(withResult(loadResults(), result, names));
      process.stdout.write(verdicts(result));
    } catch (error) {
      failed += 1;
      process.stderr.write(`${measure.name}: ${explain(error)}\n`);
    }
  }
  return failed === 0 ? 0 : 1;
}

async function take(measure: Measure, lab: Lab): Promise<Result> {
  const { name, title, method } = measure;
  const begun = performance.now();
  const bed = new Bed(lab, name);
  const interrupts = disposeOnSignal(bed);
  try {
    const { comparisons } = await measure.run(bed);
    bed.say(`taken in ${((performance.now() - begun) / 1000).toFixed(0)} s`);
    return { name, title, method, measuredAt: new Date().toISOString(), machine: await describeMachine(), comparisons };
  } finally {
    await bed.dispose();
    interrupts.stop();
  }
}

function publish(results: readonly Result[]): void {
  saveResults(results);
  writeFileSync(path.join(root, 'docs/benchmarks.md'), renderPage(results));
}

function verdicts({ name, comparisons }: Result): string {
  const lines = comparisons.flatMap(({ what, unit, ours, baseline, target }) => {
    if (target === undefined) return [];
    const { times: ratio, met } = judge({ ours, baseline, target });
    const subject = [name, what].filter(Boolean).join(', ');
    return `${subject}: ${times(ratio)} (target: ${targetText(target, unit)}): ${met === true ? 'met' : 'MISSED'}\n`;
  });
  return lines.join('');
}

/** Cleans up after an interrupted measure too. */
function disposeOnSignal(bed: Bed): { stop(): void } {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = (): void => {
    bed.say('interrupted; cleaning up');
    void bed.dispose().finally(() => process.exit(130));
  };
  // Not `once`: without another listener, the one of execa ends the process.
  for (const signal of signals) process.on(signal, onSignal);
  return {
    stop: () => {
      for (const signal of signals) process.removeListener(signal, onSignal);
    },
  };
}
