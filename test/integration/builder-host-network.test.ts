import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BuilderBed } from '../helpers/builder-jobs.ts';
import { scriptStep } from '../helpers/builder-steps.ts';

let bed: BuilderBed;
/** Of this machine alone, as the metadata service is of an EC2 host: only programs in the host's network reach it. */
let metadata: Server;
let source: { url: string; commit: string };

beforeAll(async () => {
  bed = await BuilderBed.open();
  metadata = createServer((_, response) => response.end('credentials of the instance role'));
  await new Promise<void>((resolve) => metadata.listen(0, '127.0.0.1', resolve));
  const port = String((metadata.address() as AddressInfo).port);
  source = await bed.repository({
    'probe.sh': `own() { curl --noproxy '*' -sf --max-time 5 http://127.0.0.1:${port}/; }
by() { printf 'GET / HTTP/1.0\\r\\n\\r\\n' | docker run -i --rm "$@" ${bed.lab.images.busybox} nc -w 5 127.0.0.1 ${port} | sed -n '$p' | grep .; }
echo "script: $(own || echo none)"
echo "container: $(by || echo none)"
echo "container in the host's network: $(by --network host || echo none)"
exit 1
`,
  });
});

afterAll(async () => {
  metadata.close();
  await bed.dispose();
});

// Batch runs single-container jobs on EC2 in the host's network, which no setting changes:
// https://docs.aws.amazon.com/batch/latest/userguide/networking-modes-jobs.html
it.each([
  ['host', 'credentials of the instance role'],
  ['bridge', 'none'],
])('in the network %s, the script of a repository gets from the host: %s', async (network, reached) => {
  const { log } = await bed.run({ ...source, steps: [scriptStep('task', 'probe.sh')], network });
  expect(log).toContain(`script: ${reached}\n`);
  expect(log).toContain('container: none\n');
  // The socket permits any network.
  expect(log).toContain("container in the host's network: credentials of the instance role\n");
});
