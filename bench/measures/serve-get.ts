import { reasonOf } from '../../src/domain/errors/twinhull-error.ts';
import type { ServeBed } from '../../test/helpers/serve-bed.ts';
import type { Bed } from '../bed.ts';
import { type Contestant, interleave, secondsOf } from '../interleave.ts';
import type { Measure } from '../measure.ts';
import { quantile } from '../statistics.ts';
import { openStreamedService } from '../streamed-service.ts';

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
  const service = await openStreamedService(bed, { streams });
  const answers = new Map<string, number>();
  const answered = (how: string): unknown => answers.set(how, (answers.get(how) ?? 0) + 1);
  let underWay = 0;
  const submitting = setInterval(() => {
    if (underWay >= mostUnderWay) return;
    underWay += 1;
    void service.bed
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
    service.requireStreams();
  };
  return { bed: service.bed, buildId: service.buildId, submitted, requireLoad };
}
