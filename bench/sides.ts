import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FileContent } from '../lab/lab.ts';
import type { Bed } from './bed.ts';
import { buildByHand } from './by-hand.ts';
import type { BenchEngine } from './engine.ts';
import { type Contestant, interleave, secondsOf } from './interleave.ts';
import type { Comparison } from './results.ts';
import { type BuildRequest, Twinhull } from './twinhull.ts';

export interface SidesOptions {
  readonly engine: BenchEngine;
  /** `host:port` */
  readonly registry: string;
  readonly files: Readonly<Record<string, FileContent>>;
  /** File with new content in each commit, so that no layer from there on is in the cache. */
  readonly stamp: string;
  readonly rounds: number;
  readonly target: Comparison['target'];
}

const recipe = 'version: 1\nname: bench\nimages:\n  app:\n    dockerfile: { path: Dockerfile, cache: false }\n';

/** Compares a complete two-platform build by `twinhull build` with the builder alone; each run builds a new commit. */
export async function compareSides(bed: Bed, options: SidesOptions): Promise<Comparison> {
  const { engine, files, stamp, rounds, target } = options;
  const destination = `${options.registry}/bench/app`;
  const twinhull = new Twinhull(bed, { engine, destination });
  const { repository, url } = await bed.repository(files);
  const recipeFile = join(bed.newFolder(), 'twinhull.yaml');
  writeFileSync(recipeFile, recipe);

  const nextBuild = async (): Promise<BuildRequest> => {
    const commit = await repository.commit({ [stamp]: randomUUID() });
    return { repository: url, commit, recipe: recipeFile };
  };
  const contestants: readonly Contestant[] = [
    {
      label: '`twinhull build`',
      run: async () => {
        const request = await nextBuild();
        return secondsOf(() => twinhull.build(request));
      },
    },
    {
      label: 'two `docker run`s and an index by hand',
      run: async () => {
        const plan = await twinhull.plan(await nextBuild());
        return secondsOf(() => buildByHand(bed, engine, plan));
      },
    },
  ];
  const [ours = [], baseline = []] = await interleave(contestants, { rounds, onSample: bed.saySample('seconds') });
  return {
    what: '',
    unit: 'seconds',
    ours: { label: contestants[0]?.label ?? '', samples: ours },
    baseline: { label: contestants[1]?.label ?? '', samples: baseline },
    ...(target && { target }),
  };
}
