import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { Engine } from './engine.ts';
import { parseEngineEndpoint } from './engine-endpoint.ts';
import { readLines } from './log-stream.ts';

/** One frame of docker's multiplexed stream. */
function frame(text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = 1;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

it('waits for the end of a line longer than a chunk without blocking the event loop', async () => {
  const stream = new PassThrough();
  const engine = new Engine(parseEngineEndpoint('/none.sock', {}));
  const start = '\r 1 %'.repeat(20_000);
  stream.write(frame(start));
  setTimeout(() => stream.end(frame(' done\n')), 20);
  const chunks: string[] = [];
  for await (const chunk of readLines(engine, stream, { skip: 0, final: true })) chunks.push(chunk.bytes.toString());
  expect(chunks).toEqual([`${start} done\n`]);
});
