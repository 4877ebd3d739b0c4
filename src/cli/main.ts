#!/usr/bin/env node
import { version } from './version.ts';

// A reader that goes away (`twinhull list | head`) is told to whoever writes; an event that nobody hears would end us
// with a stack trace.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);

// Which Node we run on is our affair: the AWS SDK's advice on it would stand on a user's screen.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

// The two commonest questions are answered before anything else is loaded.
const [first] = process.argv.slice(2);
if (first === '--version' || first === '-V') {
  process.stdout.write(`${version()}\n`);
} else {
  const { run } = await import('./program.ts');
  // All is written by now; connections that are kept alive for a next call must not hold the shell up.
  process.exit(await run(process.argv.slice(2), process));
}
