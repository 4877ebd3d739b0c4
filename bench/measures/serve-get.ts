import type { BuildJson } from '../../src/build-json/shapes.ts';
import { reasonOf } from '../../src/domain/errors/twinhull-error.ts';
import { pollUntil } from '../../test/helpers/poll-until.ts';
import { printing } from '../../test/helpers/printing-run.ts';
import { ServeBed } from '../../test/helpers/serve-bed.ts';
import { listen } from '../../test/helpers/stream-client.ts';
import type { Bed } from '../bed.ts';
import { type Contestant, interleave, secondsOf } from '../interleave.ts';
import type { Measure } from '../measure.ts';
import { quantile } from '../statistics.ts';

const streams = 200;
const submitsPerSecond = 100;
/** Most submits in flight: on a machine that handles fewer a second, they wait for each other. */
const mostUnderWay = 32;
const gets = 100;
const rounds = 5;

export const serveGet: Measure = {
  name: 'serve-get',
  title: 'Asking the service for a build while it is busy',
  method:
    `\`twinhull serve\` on SQLite and a stand-in for AWS Batch, while ${String(streams)} clients stream one log and up to ` +
    `${String(submitsPerSecond)} submits a second arrive: of ${String(gets)} requests one after the other, the time that 99 % of them ` +
    'do not exceed, for a build and for `/healthz`, which does nothing. Clients and stand-in have the same processors.',

  async run(bed) {
    const service = await busyService(bed);
    const contestants = [
      slowest('GET of a build, p99', () => service.bed.get(`/v1/builds/${service.buildId}`)),
      slowest('GET of /healthz, p99', () => service.bed.get('/healthz')),
    ];
    const [ours = [], baseline = []] = await interleave(contestants, {
      rounds,
      warmUps: 1,
      onSample: bed.saySample('seconds'),
    });
    bed.say(`${String(service.submitted())} builds were submitted meanwhile`);
    service.requireLoad();
    return {
      comparisons: [
        {
          what: '',
          unit: 'seconds',
          ours: { label: 'a build, p99', samples: ours },
          baseline: { label: '`/healthz`, p99', samples: baseline },
        },
      ],
    };
  },
};

function slowest(label: string, get: () => Promise<unknown>): Contestant {
  const run = async (): Promise<number> => {
    const samples: number[] = [];
    for (let n = 0; n < gets; n += 1) samples.push(await secondsOf(get));
    return quantile(samples, 0.99);
  };
  return { label, run };
}

interface BusyService {
  readonly bed: ServeBed;
  readonly buildId: string;
  /** Number of submits that created a build. */
  readonly submitted: () => number;
  /** @throws Error when the service was less busy than this measure claims */
  readonly requireLoad: () => void;
}

async function busyService(bed: Bed): Promise<BusyService> {
  const commit = 'c0ffee'.padEnd(40, '0');
  const printed = printing(50);
  const service = await ServeBed.open({
    conduct:
      () =>
      ({ environment }) =>
        environment['TWINHULL_COMMIT'] === commit
          ? { runs: [printed.run] }
          : { runnableMilliseconds: 86_400_000, runs: [] },
  });
  bed.defer(() => service.dispose());
  const address = await service.serve();
  const { build } = (await (await service.submit(commit)).json()) as { build: BuildJson };
  const log = `${address}/v1/builds/${build.id}/logs/arm64`;
  await pollUntil('the job to print', async () => {
    const text = await (await fetch(log, { headers: service.headers })).text();
    return text.includes('line 1 ');
  });
  const { headers } = service;
  // The streams end with the service, after their endings were checked.
  const endings: string[] = [];
  for (let n = 0; n < streams; n += 1) {
    listen(log, { headers, seen: forgetful() }).then(
      () => endings.push('it was at its end'),
      (error: unknown) => endings.push(reasonOf(error)),
    );
  }

  const answers = new Map<string, number>();
  const answered = (how: string): unknown => answers.set(how, (answers.get(how) ?? 0) + 1);
  let underWay = 0;
  const submitting = setInterval(() => {
    if (underWay >= mostUnderWay) return;
    underWay += 1;
    void service
      .submit()
      .then(async (response) => {
        await response.text();
        answered(String(response.status));
      })
      .catch((error: unknown) => answered(reasonOf(error)))
      .finally(() => (underWay -= 1));
  }, 1000 / submitsPerSecond);
  bed.defer(() => clearInterval(submitting));
  const submitted = (): number => answers.get('201') ?? 0;
  const requireLoad = (): void => {
    if (submitted() === 0) throw new Error(`no build was submitted meanwhile: ${JSON.stringify([...answers])}`);
    if (endings.length > 0) throw new Error(`${String(endings.length)} streams ended early: ${endings[0] ?? ''}`);
  };
  return { bed: service, buildId: build.id, submitted, requireLoad };
}

/** An array that discards what is pushed. */
function forgetful(): never[] {
  const nothing: never[] = [];
  nothing.push = () => 0;
  return nothing;
}
