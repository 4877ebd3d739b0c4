import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineKind } from '../../lab/engine-choice.ts';
import { nativePlatform } from '../../lab/platforms.ts';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import type { Bed } from '../bed.ts';
import { BenchEngine } from '../engine.ts';
import { type Contestant, interleave } from '../interleave.ts';
import type { Measure } from '../measure.ts';
import { openRegistryFor } from '../registry.ts';
import type { Comparison } from '../results.ts';
import { Twinhull } from '../twinhull.ts';

/** The commands of the phase before, one after the other, where no dead job left anything; prints seconds. */
const before = `
export DOCKER_HOST=unix:///run/docker.sock
read -r begin _ </proc/uptime
docker info -f '{{.OSType}}/{{.Architecture}}' >/dev/null
docker buildx version >/dev/null 2>&1
docker ps -a --filter label=dev.twinhull.job --format '{{.ID}}' >/tmp/found
docker image ls --format '{{.Repository}}:{{.Tag}}' >/tmp/tags
docker ps --format '{{.ID}}' >/tmp/live
docker ps -q | xargs -r docker inspect -f '{{range .Config.Env}}{{println .}}{{end}}' >/dev/null
read -r end _ </proc/uptime
echo "$begin $end"
`;

export const enginePhase: Measure = {
  name: 'engine-phase',
  title: 'The phase that asks the engine for its platform',
  method:
    'Phase engine of a builder’s job, on the machine’s engine and on the newest with the newest client. The removal of ' +
    'what dead jobs left begins with it and continues beside the clone: what the first step still has to wait for it ' +
    'counts as well. Against the commands that the phase used to run one after the other, in a container of the same image.',

  async run(bed) {
    return { comparisons: [await compareOn(bed, 'debian'), await compareOn(bed, 'newest')] };
  },
};

async function compareOn(bed: Bed, kind: EngineKind): Promise<Comparison> {
  const engine = await BenchEngine.start(bed, kind);
  const twinhull = new Twinhull(bed, { engine, destination: `${await openRegistryFor(bed)}/bench/app` });
  const { repository, url } = await bed.repository({ Dockerfile: `FROM ${bed.lab.images.busybox}\nCOPY it /\n` });
  const recipe = writeRecipe(bed);
  const now: Contestant = {
    label: 'phase engine, and the wait for the sweep',
    run: async (round) => {
      const commit = await repository.commit({ it: String(round) });
      return engineSeconds(await twinhull.build({ repository: url, commit, recipe }));
    },
  };
  const earlier: Contestant = {
    label: 'the commands of the phase before',
    run: async () => {
      const socket = `${engine.socket}:/run/docker.sock`;
      const words = ['run', '--rm', '--volume', socket, '--entrypoint', 'sh', engine.builderImage, '-c', before];
      const [begin = NaN, end = NaN] = (await engine.docker(...words)).trim().split(' ').map(Number);
      return end - begin;
    },
  };
  const options = { rounds: 9, onSample: bed.saySample('seconds') };
  const [ours = [], baseline = []] = await interleave([now, earlier], options);
  const what = `Docker Engine ${await engine.version()}`;
  await engine.stop();
  return {
    what,
    unit: 'seconds',
    ours: { label: now.label, samples: ours },
    baseline: { label: earlier.label, samples: baseline },
    target: { atMostTimes: 0.5 },
  };
}

/** The phase, and the gap between the end of the last phase before the first step and the start of the step. */
function engineSeconds({ jobs }: BuildJson): number {
  const phases = jobs[0]?.attempts.at(-1)?.phases ?? [];
  const first = phases.findIndex(({ phase }) => phase === 'build');
  const [engine, last, build] = [phases.find(({ phase }) => phase === 'engine'), phases[first - 1], phases[first]];
  if (engine?.seconds == null || last?.seconds == null || build === undefined)
    throw new Error(`the job has no complete phases: ${JSON.stringify(phases)}`);
  return engine.seconds + build.startSeconds - (last.startSeconds + last.seconds);
}

function writeRecipe(bed: Bed): string {
  const file = join(bed.newFolder(), 'twinhull.yaml');
  const image = `{ platforms: [${nativePlatform}], dockerfile: { cache: false } }`;
  writeFileSync(file, `version: 1\nname: bench\nimages:\n  app: ${image}\n`);
  return file;
}
