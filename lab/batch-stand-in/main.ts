// Runs the stand-in as a separate process: tsx lab/batch-stand-in/main.ts [--port N] [--submits-per-second N]
// [--runnable-seconds N] [--run-seconds N] [--answer-milliseconds N] [--script-variable NAME]. Prints its URL, and ends
// on SIGTERM.
import { parseArgs } from 'node:util';
import { systemClock } from '../../src/ports/clock.ts';
import { processRun } from './process-run.ts';
import { scriptedRun } from './scripted-run.ts';
import { BatchStandIn, banner } from './server.ts';
import type { Conduct } from './stand-in-options.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'submits-per-second': { type: 'string', default: '50' },
    'runnable-seconds': { type: 'string', default: '0' },
    'run-seconds': { type: 'string', default: '0' },
    /** Duration of each call. */
    'answer-milliseconds': { type: 'string', default: '0' },
    /** Jobs run `sh -c` with the value of this environment variable, instead of only waiting. */
    'script-variable': { type: 'string' },
  },
});

const variable = values['script-variable'];
const milliseconds = Number(values['run-seconds']) * 1000;
const conduct: Conduct = {
  runnableMilliseconds: Number(values['runnable-seconds']) * 1000,
  runs: [
    variable === undefined
      ? scriptedRun({ milliseconds, end: { exitCode: 0 } })
      : processRun((environment) => environment[variable] ?? 'exit 64'),
  ],
};

const standIn = await BatchStandIn.start(
  {
    clock: systemClock,
    queues: [{ name: 'stand-in-arm64' }, { name: 'stand-in-amd64' }],
    jobDefinitions: ['stand-in-build'],
    conduct: () => conduct,
    submitsPerSecond: Number(values['submits-per-second']),
    answerMilliseconds: Number(values['answer-milliseconds']),
  },
  Number(values.port),
);
process.stderr.write(`${banner}\n`);
process.stdout.write(`${standIn.url}\n`);
for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => process.exit(0));
