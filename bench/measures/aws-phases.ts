import { ensureLab } from '../../lab/lab.ts';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import { openAwsE2eBed } from '../../test/helpers/aws-e2e-bed.ts';
import { oneImage } from '../../test/helpers/e2e-recipes.ts';
import type { Measure } from '../measure.ts';

const rounds = 5;
const limitSeconds = 1.5;
const measured = new Set(['tools', 'secret', 'login']);

export const awsPhases: Measure = {
  name: 'aws-phases',
  title: 'Phases tools, secret and login of a job on AWS',
  method:
    'A trivial image for both platforms on the emulated AWS, whose builder image has all tools: the sum of the three phases of each job. Both jobs ' +
    'run at once on this machine.',

  async run(bed) {
    await ensureLab({ aws: true });
    const aws = await openAwsE2eBed();
    bed.defer(() => aws.dispose());
    const { repository, url } = await aws.bed.repository({ Dockerfile: `FROM ${aws.lab.images.busybox}\nCOPY it /\n` });
    const recipe = await aws.bed.file(oneImage());
    const samples: number[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const commit = await repository.commit({ it: String(round) });
      const ran = await aws.bed.run(['build', '--repository', url, '--ref', commit, '--recipe', recipe, '--json']);
      if (ran.exitCode !== 0) throw new Error(ran.stderr);
      samples.push(...secondsOfJobs(JSON.parse(ran.stdout) as BuildJson));
      bed.say(
        `${String(round)}. ${samples
          .slice(-2)
          .map((seconds) => `${seconds.toFixed(2)} s`)
          .join(', ')}`,
      );
    }
    return {
      comparisons: [
        {
          what: '',
          unit: 'seconds',
          ours: { label: 'the three phases of a job', samples },
          baseline: { label: 'target', samples: [limitSeconds] },
          target: { atMostTimes: 1 },
        },
      ],
    };
  },
};

function secondsOfJobs({ jobs }: BuildJson): readonly number[] {
  return jobs.map(({ attempts }) =>
    (attempts.at(-1)?.phases ?? [])
      .filter(({ phase }) => measured.has(phase))
      .reduce((sum, { seconds }) => sum + (seconds ?? NaN), 0),
  );
}
