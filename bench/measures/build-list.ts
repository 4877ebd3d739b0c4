import path from 'node:path';
import type { JobMeasure } from '../../src/domain/job-measures.ts';
import { ServeBed } from '../../test/helpers/serve-bed.ts';
import type { Bed } from '../bed.ts';
import { onBothDatabases } from '../both-databases.ts';
import { endedBuilds, rare } from '../ended-builds.ts';
import { secondsOf } from '../interleave.ts';
import type { Measure } from '../measure.ts';
import type { Comparison } from '../results.ts';
import { type StorePlace, seed, seedTrends } from '../seed.ts';

const builds = 100_000;
/** How many are stored at once. */
const atOnce = 10_000;
const rounds = 5;
/** How many pages a reader goes back, at the largest page that the API returns. */
const pagesBack = 50;

/** In seconds. */
const allowed = { page: 0.2, trends: 0.2 };

export const buildList: Measure = {
  name: 'build-list',
  title: 'Lists and trends of 100,000 builds',
  method:
    `\`twinhull serve\` with ${builds.toLocaleString('en-US')} builds in its store. Of the first page of the list of each state, branch, recipe, submitter and repository, ` +
    `of searches, and of the pages after the ${String(pagesBack * 200)} newest builds, alone and filtered: the slowest. And the trends of a year, of all recipes and of one.`,

  run: (bed) => onBothDatabases(bed, compare),
};

async function compare(bed: Bed, store: string, database: string | undefined): Promise<readonly Comparison[]> {
  const service = await ServeBed.open({ conduct: () => () => ({ runs: [] }), database });
  bed.defer(() => service.dispose());
  const file = path.join(service.folder, 'state', 'twinhull.db');
  const place: StorePlace = database === undefined ? { file } : { url: database };
  const measures: JobMeasure[] = [];
  for (let first = 0; first < builds; first += atOnce) {
    const some = endedBuilds(first, atOnce, builds);
    for (const each of some) measures.push(...each.measures);
    await seed(place, some);
  }
  await seedTrends(place, measures);
  await service.serve();
  const slowest = async (what: string, paths: readonly string[]): Promise<readonly number[]> => {
    const samples: number[] = [];
    for (let round = -1; round < rounds; round += 1) {
      const times: [number, string][] = [];
      for (const each of paths) times.push([await secondsOf(() => service.get(each)), each]);
      const [seconds, of] = times.reduce((one, other) => (other[0] > one[0] ? other : one), [0, '']);
      if (round < 0) continue;
      bed.saySample('seconds')(`${store}, ${what}: ${of}`, round + 1, seconds);
      samples.push(seconds);
    }
    return samples;
  };
  const result = (what: string, samples: readonly number[], limit: number): Comparison => ({
    ...{ what: `${what}, ${store}`, unit: 'seconds', target: { atMostTimes: 1 } },
    ours: { label: 'the slowest', samples },
    baseline: { label: 'target', samples: [limit] },
  });
  const pages = await slowest('a page', await pathsOf(service));
  const trends = await slowest('trends', ['/v1/trends?days=366', `/v1/trends?days=366&recipe=${rare.recipe}`]);
  await service.stop();
  return [result('a page of a list', pages, allowed.page), result('trends of a year', trends, allowed.trends)];
}

interface Page {
  readonly builds: readonly { readonly id: string; readonly commit: string }[];
  readonly next: string | null;
}

async function pathsOf(service: ServeBed): Promise<readonly string[]> {
  let page = await service.get<Page>('/v1/builds?limit=200');
  for (let back = 1; back < pagesBack; back += 1) {
    if (page.next === null) throw new Error(`the list ends after ${String(back)} pages`);
    page = await service.get<Page>(`/v1/builds?limit=200&before=${page.next}`);
  }
  const [last] = page.builds.slice(-1);
  if (last === undefined) throw new Error('a page of the list is empty');
  const filters = [
    ...['', 'state=published', 'state=failed', 'state=cancelled', 'state=building', 'state=failed&state=cancelled'],
    ...['branch=main', `branch=${rare.branch}`, 'branch=none', 'recipe=vecoli', `recipe=${rare.recipe}`],
    ...['submittedBy=ci', `submittedBy=${rare.submittedBy}`, `state=cancelled&branch=${rare.branch}`],
    ...['recipe=model&submittedBy=ada@example.org&state=cancelled', 'branch=main&recipe=reports&state=failed'],
    ...['repository=https://git.example/acme/model.git', 'repository=https://git.example/none/none.git'],
  ];
  const limited = (words: string): string => `/v1/builds?limit=50&${words}`;
  return [
    ...filters.flatMap((words) => [limited(words), limited(`${words}&before=${last.id}`)]),
    ...[
      `search=${last.commit.slice(0, 6)}`,
      `search=${last.id}`,
      'search=0000',
      `commit=${last.commit.slice(0, 7)}`,
    ].map(limited),
  ];
}
