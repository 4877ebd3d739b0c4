import { fetch } from 'undici';
import { ServeBed } from '../../test/helpers/serve-bed.ts';
import type { Bed } from '../bed.ts';
import { type Contestant, interleave, secondsOf } from '../interleave.ts';
import type { Measure } from '../measure.ts';
import { quantile } from '../statistics.ts';

const connections = 25;
const gets = 200;
const rounds = 5;

export const hostileClient: Measure = {
  name: 'hostile-client',
  title: 'Liveness while a client with a token sends the most expensive requests',
  method:
    `\`twinhull serve\` on SQLite, one client with ${String(connections)} connections: abbreviated commits that each need a clone, ` +
    'recipes with 250 KiB of unknown keys, documents nested 50,000 levels deep under an `Idempotency-Key`, one after the other without a pause. ' +
    `Of ${String(gets)} requests of /healthz from another client, the time that 99 % of them do not exceed. All share the same processors.`,

  async run(bed) {
    const attack = await openAttack(bed);
    const slowest = async (): Promise<number> => {
      const samples: number[] = [];
      for (let n = 0; n < gets; n += 1) samples.push(await secondsOf(() => attack.bed.get('/healthz')));
      return quantile(samples, 0.99);
    };
    const contestants: Contestant[] = [
      { label: '/healthz under attack, p99', run: () => attack.during(slowest) },
      { label: '/healthz of the idle service, p99', run: slowest },
    ];
    const [ours = [], baseline = []] = await interleave(contestants, {
      rounds,
      warmUps: 1,
      onSample: bed.saySample('seconds'),
    });
    bed.say(`answers to the attack: ${JSON.stringify(Object.fromEntries(attack.answers))}`);
    return {
      comparisons: [
        {
          what: '',
          unit: 'seconds',
          ours: { label: contestants[0]?.label ?? '', samples: ours },
          baseline: { label: contestants[1]?.label ?? '', samples: baseline },
          target: { atMost: 0.1 },
        },
      ],
    };
  },
};

interface Attack {
  readonly bed: ServeBed;
  /** The number of responses with each status. */
  readonly answers: ReadonlyMap<number, number>;
  /** Runs `work` during the attack, and returns when the last request has its response. */
  during<T>(work: () => Promise<T>): Promise<T>;
}

async function openAttack(bed: Bed): Promise<Attack> {
  const { url, commit } = await bed.repository({ Dockerfile: 'FROM scratch\n' });
  const service = await ServeBed.open({
    conduct: () => () => ({ runs: [] }),
    env: {
      TWINHULL_REPOSITORY: url,
      TWINHULL_GIT_TOKEN_FILE: bed.lab.git.tokenFile,
      TWINHULL_GIT_CA_FILE: bed.lab.git.caFile,
    },
  });
  bed.defer(() => service.dispose());
  await service.serve();
  const bodies = [
    JSON.stringify({ ref: commit.slice(0, 9), recipe: plainRecipe }),
    JSON.stringify({ commit, recipe: { ...plainRecipe, ...unknownKeys() } }),
    `{"commit":"${commit}","recipe":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
  ];
  const answers = new Map<number, number>();
  const send = async (n: number): Promise<void> => {
    const headers = {
      ...service.headers,
      'content-type': 'application/json',
      'idempotency-key': `attack-${String(n)}`,
    };
    const answer = await fetch(`${service.address}/v1/builds`, {
      method: 'POST',
      headers,
      body: bodies[n % bodies.length] ?? '',
    });
    await answer.text();
    answers.set(answer.status, (answers.get(answer.status) ?? 0) + 1);
  };
  let sent = 0;
  return {
    bed: service,
    answers,
    async during(work) {
      const over = new AbortController();
      const clients = Array.from({ length: connections }, async () => {
        while (!over.signal.aborted) await send((sent += 1));
      });
      try {
        return await work();
      } finally {
        over.abort();
        await Promise.all(clients);
      }
    },
  };
}

const plainRecipe = { version: 1, name: 'one', images: { app: { dockerfile: {} } } };

/** 250 KiB of unknown keys. */
function unknownKeys(): Record<string, number> {
  return Object.fromEntries(Array.from({ length: 16_000 }, (_, n) => [`unknown${String(n)}`, n]));
}
