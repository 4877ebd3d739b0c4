import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type DryRun, dryRun } from '../helpers/builder-dry-runs.ts';
import { BuilderBed } from '../helpers/builder-jobs.ts';

type Environment = Readonly<Record<string, string>>;

const valid: Environment = {
  AWS_BATCH_JOB_ID: '0f0f0f0f-1111-2222-3333-444444444444',
  AWS_BATCH_JOB_ATTEMPT: '1',
  TWINHULL_CONTRACT: '1',
  TWINHULL_PLATFORM: 'linux/amd64',
  TWINHULL_GIT_URL: 'https://git.example/a/b.git',
  TWINHULL_COMMIT: '0123456789abcdef0123456789abcdef01234567',
  TWINHULL_BRANCH: 'main',
  TWINHULL_SUBMODULES: '1',
  TWINHULL_GIT_SECRET_ID: 'pat',
  TWINHULL_GIT_SECRET_HOST: 'git.example/a',
  TWINHULL_GIT_USERNAME: 'x-access-token',
  TWINHULL_REGISTRY_HOST: 'registry.example:5000',
  TWINHULL_REGISTRY_PATH: 'team/app',
  TWINHULL_REGISTRY_KIND: 'ecr',
  TWINHULL_REGION: 'us-gov-west-1',
  TWINHULL_STEP_COUNT: '2',
  TWINHULL_STEP_1_IMAGE: 'task',
  TWINHULL_STEP_1_KIND: 'script',
  TWINHULL_STEP_1_SCRIPT: 'build.sh',
  TWINHULL_STEP_1_ARG_COUNT: '3',
  TWINHULL_STEP_1_ARG_1: '-i',
  TWINHULL_STEP_1_ARG_2: '{tag}',
  TWINHULL_STEP_1_ARG_3: 'x',
  TWINHULL_STEP_1_ENV_COUNT: '1',
  TWINHULL_STEP_1_ENV_1: 'VALUE=sms-api',
  TWINHULL_STEP_1_VERIFY_COUNT: '1',
  TWINHULL_STEP_1_VERIFY_1_COUNT: '2',
  TWINHULL_STEP_1_VERIFY_1_1: 'python',
  TWINHULL_STEP_1_VERIFY_1_2: '-V',
  TWINHULL_STEP_2_IMAGE: 'submit',
  TWINHULL_STEP_2_KIND: 'dockerfile',
  TWINHULL_STEP_2_FROM: 'task',
  TWINHULL_STEP_2_FROM_ARG: 'BASE',
  TWINHULL_STEP_2_DOCKERFILE: 'Dockerfile',
  TWINHULL_STEP_2_CONTEXT: '.',
  TWINHULL_STEP_2_TARGET: 'final',
  TWINHULL_STEP_2_BUILD_ARG_COUNT: '1',
  TWINHULL_STEP_2_BUILD_ARG_1: 'NAME=value',
  TWINHULL_STEP_2_SECRET_COUNT: '1',
  TWINHULL_STEP_2_SECRET_1: 'npm',
  TWINHULL_STEP_2_SECRET_1_ID: 'arn:aws:secretsmanager:x:1:secret:npm',
  TWINHULL_STEP_2_CACHE: '1',
};

const shots = 240;
const touch = 'touch /pwned';
const payloads = [
  `$(${touch})`,
  `\`${touch}\``,
  `; ${touch} #`,
  `' ; ${touch} ; '`,
  `" ; ${touch} ; "`,
  `"$(${touch})"`,
  `\n${touch}\n`,
  `\${x:-$(${touch})}`,
  `$((x[$(${touch})]))`,
  `a[$(${touch})]`,
  `| ${touch}`,
  `&& ${touch}`,
  `--upload-pack=${touch}`,
  `-c core.sshCommand='${touch}'`,
  `--config=core.fsmonitor=${touch}`,
  `-u ${touch}`,
  `ext::sh -c ${touch.replace(' ', '% ')}`,
  `--output=type=local,dest=/pwned`,
  `-v/:/host`,
  `../../pwned`,
  `/pwned`,
  `>/pwned`,
  `id=x,src=/etc/passwd`,
  `%s%n\\c\\0`,
  `*`,
  `{repository}`,
  `\r\n`,
  ` `,
  `''`,
  `1 ] || ${touch} ; [ 1`,
  `1 -o 1`,
  `\u00e9\u202e\u0001\u001b]0;x\u0007`,
];

const hostile = fc.oneof(
  fc.constantFrom(...payloads),
  fc
    .tuple(
      fc.constantFrom('', 'a', 'A=', 'VALUE=', 'main', 'https://git.example/', '0123'),
      fc.constantFrom(...payloads),
    )
    .map((parts) => parts.join('')),
  fc
    .array(fc.oneof(fc.constantFrom(...payloads), fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 4 })
    .map((parts) => parts.join('')),
);

const environments = fc
  .array(fc.tuple(fc.constantFrom(...Object.keys(valid), 'TWINHULL_STEP_2_DOCKERFILE_INLINE'), hostile), {
    minLength: 1,
    maxLength: 2,
  })
  .map((changes) => ({
    ...valid,
    ...Object.fromEntries(changes.map(([name, value]) => [name, value.replaceAll('\0', '')])),
  }));

/** Every option that the builder passes to git and docker. */
const options = new Set([
  ...['-c', '-q', '--no-tags', '--tags', '--depth=1', '-e', '--detach', '--init', '--recursive', '-f', '--all'],
  ...[
    '-a',
    '-aq',
    '--no-trunc',
    '--filter',
    '--format',
    '--username',
    '--password-stdin',
    '--platform',
    '--file',
    '--tag',
    '--target',
  ],
  ...[
    '--build-arg',
    '--secret',
    '--cache-from',
    '--version',
    '--rm',
    '--label',
    '--entrypoint',
    '-fv',
    '--progress',
    '--pull',
    '-t',
    '-L',
    '-s',
    '-',
    '-1',
    '--format=%s',
    '--format=%an',
  ],
]);
/** Those whose value may be any text. */
const takesText = new Set(['--build-arg', '--entrypoint']);

describe.each(['dash', 'ash'] as const)(
  'hostile values in the environment that bypass all validation, in %s',
  (shell) => {
    let bed: BuilderBed;
    let image: string;
    beforeAll(async () => {
      bed = await BuilderBed.open();
      image = await bed.image('alpineLike');
      return async () => await bed.dispose();
    });

    it('are refused, or passed as data', async () => {
      const seed = Math.trunc(Math.random() * 2 ** 31);
      const sample = [valid, ...eachEmpty(), ...fc.sample(environments, { numRuns: shots / 2, seed })];
      const labels = { 'dev.twinhull.build': bed.name };
      const { runs, made } = await dryRun(bed.docker, sample, { image, shell, labels });
      const complaints = runs.flatMap((run, index) => {
        const why = complaint(run, sample[index] ?? {});
        return why === undefined
          ? []
          : [`${why} (seed ${seed}): ${JSON.stringify(changesOf(sample[index] ?? {}))}\n${run.log}`];
      });
      expect(complaints).toEqual([]);
      expect(made).toEqual([]);
      expect(runs[0]).toMatchObject({ exitCode: 0, log: expect.not.stringContaining(' fail ') });
      // Both outcomes occur often enough.
      for (const exitCode of [0, 40]) expect(runs.filter((run) => run.exitCode === exitCode).length).toBeGreaterThan(5);
    }, 900_000);
  },
);

/** An empty value is often one more valid setting: the paths that it leads to are run in every run of the test. */
function eachEmpty(): readonly Environment[] {
  return Object.keys(valid).map((name) => ({ ...valid, [name]: '' }));
}

function changesOf(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name, value]) => valid[name] !== value));
}

function complaint({ exitCode, calls, log }: DryRun, environment: Environment): string | undefined {
  // A token without a host is refused in the phase secret.
  const mayEndWith = environment['TWINHULL_GIT_SECRET_HOST'] === '' ? [0, 40, 43, 47] : [0, 40, 47];
  if (!mayEndWith.includes(exitCode)) return `ended with ${exitCode}`;
  if (/: not found|syntax error|unexpected|bad (substitution|number)|illegal number/i.test(log))
    return 'a shell complains';
  for (const call of calls) {
    const option = unknownOption(call);
    if (option !== undefined) return `${call[0]} got the option ${option}`;
  }
  return exitCode === 0 ? missingData(calls, environment) : undefined;
}

/** Words after the image of `docker run` are for the container. */
function unknownOption(call: readonly string[]): string | undefined {
  if (call[0] !== 'git' && call[0] !== 'docker') return undefined;
  const image = call[1] === 'run' ? call.findIndex((word) => word.startsWith('sha256:')) : -1;
  const words = image === -1 ? call : call.slice(0, image);
  return words.find(
    (word, index) => word.startsWith('-') && !options.has(word) && !takesText.has(words[index - 1] ?? ''),
  );
}

function missingData(calls: DryRun['calls'], environment: Environment): string | undefined {
  const script = calls.find(([name]) => name === 'script');
  const build = calls.find(([name, command]) => name === 'docker' && command === 'build');
  const count = (name: string): number => Number(environment[name] ?? 0);
  const setsValue =
    environment['TWINHULL_STEP_1_ENV_1']?.startsWith('VALUE=') && count('TWINHULL_STEP_1_ENV_COUNT') > 0;
  if (setsValue && script?.[1] !== environment['TWINHULL_STEP_1_ENV_1']) return 'the script got another variable';
  if (count('TWINHULL_STEP_1_ARG_COUNT') >= 3 && !environment['TWINHULL_STEP_1_ARG_3']?.startsWith('{')) {
    if (script?.[4] !== environment['TWINHULL_STEP_1_ARG_3']) return 'the script got another argument';
  }
  if (count('TWINHULL_STEP_2_BUILD_ARG_COUNT') > 0 && build !== undefined) {
    if (!build.includes(environment['TWINHULL_STEP_2_BUILD_ARG_1'] ?? '')) return 'docker build got another argument';
  }
  return undefined;
}
