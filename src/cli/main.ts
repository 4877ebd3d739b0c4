#!/usr/bin/env node
import { useCompileCache } from './compile-cache.ts';
import { version } from './version.ts';

// A writer learns from its own calls that a reader went away (`twinhull list | head`); an unhandled error event
// would end the process with a stack trace.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

// The AWS SDK's warning about the Node version is of no use to our users.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

// Answers `--version` and `--help` before anything else is loaded.
const [first] = process.argv.slice(2);
if (first === '--version' || first === '-V') {
  process.stdout.write(`${version()}\n`);
} else {
  useCompileCache(process.env);
  const { run } = await import('./program.ts');
  // All output is written by now; idle keep-alive connections must not delay the exit.
  process.exit(await run(process.argv.slice(2), process));
}
