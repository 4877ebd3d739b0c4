import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import type { E2eBed } from './e2e-bed.ts';

/** Path of a docker 28 client without plugins on this kind of machine. */
const laterClient = '/usr/local/bin/docker';

/** Replaces that client if it is missing: prints its version, and otherwise acts as the older one. */
const playedClient = `#!/bin/sh
[ "$*" != --version ] || { echo 'Docker version 28.2.2, build e6534b4'; exit; }
exec /usr/bin/docker "$@"
`;

/** Builder images on the lab's engine that lack something. @returns a tag that the caller has to remove */
export const builderWithout = {
  buildkit: async (bed: E2eBed) =>
    build(bed, `FROM ${bed.lab.images.builder}\nCOPY docker /usr/local/bin/docker\n`, {
      docker: existsSync(laterClient) ? await readFile(laterClient) : playedClient,
    }),
  git: (bed: E2eBed) => build(bed, `FROM ${bed.lab.images.builder}\nRUN rm /usr/bin/git\n`),
};

/** Builds an image on the lab's engine; `files` are executable. @returns its tag */
export async function build(
  { docker }: Pick<E2eBed, 'docker'>,
  dockerfile: string,
  files: Readonly<Record<string, string | Buffer>> = {},
): Promise<string> {
  const tag = `e2e-builder-${randomBytes(6).toString('hex')}:test`;
  const context = pack();
  context.entry({ name: 'Dockerfile' }, dockerfile);
  for (const [name, content] of Object.entries(files)) context.entry({ name, mode: 0o755 }, content);
  context.finalize();
  const output = await text(await docker.buildImage(Readable.from(context), { t: tag }));
  if (output.includes('errorDetail')) throw new Error(output);
  return tag;
}
