import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import type { E2eBed, Ran, RunOptions } from './e2e-bed.ts';
import { type Service, startService } from './e2e-service.ts';

export type Way = 'here' | 'there';
export const ways: readonly Way[] = ['here', 'there'];

/** Commands run in-process on a store, and with `--server` at a service of the same store. */
export class BothWays {
  readonly bed: E2eBed;
  readonly service: Service;
  readonly #away: NonNullable<RunOptions['env']>;

  private constructor(bed: E2eBed, service: Service, away: NonNullable<RunOptions['env']>) {
    this.bed = bed;
    this.service = service;
    this.#away = away;
  }

  static async open(bed: E2eBed, repository: string): Promise<BothWays> {
    const service = await startService(bed, {
      TWINHULL_REPOSITORY: repository,
      TWINHULL_ALLOWED_DESTINATIONS: ways.map((way) => destinationOf(bed, way)).join(','),
    });
    // A client of the service shares nothing with it: neither store nor engine nor the git server's token.
    const away = {
      TWINHULL_STATE_DIR: await mkdtemp(join(tmpdir(), 'twinhull-away-')),
      DOCKER_HOST: 'tcp://127.0.0.1:9',
      TWINHULL_GIT_TOKEN_FILE: undefined,
      TWINHULL_GIT_CA_FILE: undefined,
      TWINHULL_TOKEN_FILE: service.tokenFile,
    };
    return new BothWays(bed, service, away);
  }

  words(way: Way, words: readonly string[]): readonly string[] {
    return way === 'here' ? words : [...words, '--server', this.service.url];
  }

  /** The environment of one way, in addition to the bed's. */
  env(way: Way): NonNullable<RunOptions['env']> {
    return { TWINHULL_DESTINATION: destinationOf(this.bed, way), ...(way === 'there' && this.#away) };
  }

  run(way: Way, words: readonly string[], env: RunOptions['env'] = {}): Promise<Ran> {
    return this.bed.run(this.words(way, words), { env: { ...this.env(way), ...env } });
  }

  /** The same words both ways, at the same time. */
  async both(words: readonly string[] | ((way: Way) => readonly string[])): Promise<readonly [here: Ran, there: Ran]> {
    const of = typeof words === 'function' ? words : () => words;
    return Promise.all([this.run('here', of('here')), this.run('there', of('there'))]);
  }
}

export function destinationOf(bed: E2eBed, way: Way): string {
  return `${bed.destination}-${way}`;
}

/** The output of one run, without what differs between builds: ids, digests, times, sizes, the destination. */
export function comparable({ exitCode, stdout, stderr }: Ran): {
  exitCode: number | undefined;
  stdout: string;
  stderr: string[];
} {
  return { exitCode, stdout: withoutChance(inOrder(stdout)), stderr: linesOf(stderr) };
}

/** A build's images are in the order in which its jobs ended. */
function inOrder(text: string): string {
  if (!text.startsWith('{')) return text;
  const build = JSON.parse(text) as Partial<BuildJson>;
  const images = build.images?.toSorted((a, b) => a.platform.localeCompare(b.platform));
  return JSON.stringify({ ...build, ...(images !== undefined && { images }) }, undefined, 2);
}

/**
 * Sorted lines, because two jobs run concurrently. Docker's output is left out: two concurrent builds share steps and
 * caches. Whether a job waits for its turn depends on the machine, and what it sweeps on what other tests left.
 */
function linesOf(text: string): string[] {
  const lines = text.split('\n').filter((line) => !/^(?:arm64 |amd64 | +)[|│] | \* job waiting: /.test(line));
  return lines.map(withoutChance).sort();
}

function withoutChance(text: string): string {
  return (
    text
      // A recipe that is sent is not the operator's.
      .replace(/,\n +"origin": "operator"/g, '')
      // The name of the token, by --server only.
      .replace(/"submittedBy": .*/g, '"submittedBy": NAME')
      // Two concurrent builds share the caches of the engine.
      .replace(/\d+ of \d+ steps cached.*/g, 'CACHED')
      .replace(/"cache": \{[^}]*\}/g, '"cache": CACHED')
      // Reported by the builder, unless the build was cancelled before.
      .replace(/"(subject|author)": .*/g, '"$1": COMMIT')
      .replace(/just now|\d+ (?:min|h) ago/g, 'AGO')
      .replace(/-(?:here|there)\b/g, '-DESTINATION')
      .replace(/\bm[0-9a-z]{11}\b/g, 'BUILD')
      .replace(/sha256:[0-9a-f]+/g, 'DIGEST')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
      .replace(/"(size|\w*[sS]econds)": [\d.]+/g, '"$1": NUMBER')
      .replace(/^ +"#\d+ .*\n/gm, '')
      .replace(/(?:\d+(?:\.\d+)? ?(?:h|min|m|s|MB)(?![a-z]) ?)+/g, 'NUMBER ')
      .replace(/\d+\.\d+/g, 'NUMBER')
      .replace(/[█▒#=]+$/gm, 'BAR')
      .replace(/ +/g, ' ')
      .replace(/ $/gm, '')
  );
}
