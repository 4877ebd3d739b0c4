import { randomUUID } from 'node:crypto';
import { beforeAll, describe, it } from 'vitest';
import { exitCodes } from '../../src/builder/contract.ts';
import { BuilderBed, type BuilderJob } from '../helpers/builder-jobs.ts';
import { scriptStep } from '../helpers/builder-steps.ts';
import { refusingRegistry } from '../helpers/refusing-registry.ts';

const build = 'docker build -q -t "$1" . && docker push -q "$1"';

describe.concurrent("a repository's script", () => {
  let bed: BuilderBed;
  beforeAll(async () => {
    bed = await BuilderBed.open();
    return async () => await bed.dispose();
  });

  /** `$1` is the whole reference of the staging tag. */
  async function script(text: string, change: Partial<BuilderJob> & { environment?: Record<string, string> } = {}) {
    const repository = await bed.repository({
      'build.sh': `set -- "$1/$2:$3"\n${text}\n`,
      // Different for each test: an engine may remove an image for one job while creating the same for another.
      Dockerfile: `FROM ${bed.lab.images.busybox}\nLABEL it=${randomUUID()}\n`,
    });
    const destination = `${bed.destination}-${repository.commit.slice(0, 12)}`;
    const steps = [scriptStep('task', 'build.sh', { build: { arguments: ['{registry}', '{repository}', '{tag}'] } })];
    const ended = await bed.run({ ...repository, steps, destination, ...change });
    return { ...ended, destination, left: await bed.leftovers(ended.key, destination) };
  }

  it('may build with several tags, of which only its own is pushed and none remains', async ({ expect }) => {
    const ended = await script(`
      r=\${1%:*}
      docker --log-level=error build -q --tag "$1" -t$r:latest --tag=$r:other .
      docker image tag $r:other $r:more
      docker push "$1"
      docker push $r:latest && docker image push -q $r:other && docker push $r && docker manifest push $r:more
    `);
    expect(ended).toMatchObject({ exitCode: 0, left: [] });
    const skipped = ended.log.match(/(?<=twinhull: )(push of \S+|manifest push)(?= skipped)/g);
    const tag = (name: string): string => `push of ${ended.destination}${name}`;
    expect(skipped).toEqual([tag(':latest'), tag(':other'), tag(''), 'manifest push']);
    await expect(bed.pushedPlatform(ended.destination, 'latest')).rejects.toThrow('not in the registry');
  });

  it('cannot push all tags', async ({ expect }) => {
    const ended = await script(`docker build -q -t "$1" . && docker push --all-tags "\${1%:*}"`);
    expect(ended).toMatchObject({ exitCode: exitCodes.build, reason: 'step-failed' });
  });

  it('has its containers removed and its background processes terminated', async ({ expect }) => {
    const ended = await script(`
      docker run -d ${bed.lab.images.busybox} sleep 600 && docker container create ${bed.lab.images.busybox} true
      sleep 600 & ${build}
    `);
    expect(ended).toMatchObject({ exitCode: 0, left: [] });
  });

  it('receives no response from aws beyond those a push needs', async ({ expect }) => {
    const ended = await script(`
      aws ecr describe-repositories --query 'repositories[0].repositoryUri' --output text
      aws --region x ecr get-login-password
      aws s3 ls; echo "code $?"
      exit 3
    `);
    expect(ended.log).toContain(`${ended.destination}\ntwinhull\n`);
    expect(ended.log).toMatch(/twinhull: aws s3 ls is not available: .* is not ECR\ncode 255\n/);
    expect(ended).toMatchObject({ exitCode: exitCodes.build, reason: 'step-failed' });
    expect(ended.marks).toContainEqual(expect.objectContaining({ verb: 'fail', exitCode: 3 }));
  });

  it('fails when it hides that its push was refused', async ({ expect }) => {
    const registry = await refusingRegistry();
    const destination = `${registry.host}/${bed.name}/app`;
    const ended = await script(`docker build -q -t "$1" . && docker push "$1" || true`, { destination });
    await registry.close();
    expect(ended).toMatchObject({ exitCode: exitCodes.build, reason: 'push-refused', left: [] });
  });

  it('may push again after a push failed', async ({ expect }) => {
    const ended = await script(`docker push "$1" || { ${build}; }`);
    expect(ended).toMatchObject({ exitCode: 0, left: [] });
  });

  it('fails when the registry cannot be reached', async ({ expect }) => {
    const ended = await script(`docker build -q -t "$1" . && docker push "$1" || true`, {
      destination: `127.0.0.1:1/${bed.name}/app`,
    });
    expect(ended).toMatchObject({ exitCode: exitCodes.build, reason: 'registry-unreachable' });
  });

  it.for([
    ['pushes nothing', ':', 'not-pushed'],
    ['only builds', 'docker build -q -t "$1" .', 'not-pushed'],
    ['builds for another platform', `DOCKER_DEFAULT_PLATFORM=linux/arm64; ${build}`, 'wrong-platform'],
    ['fails', 'exit 7', 'step-failed'],
  ] as const)('fails the build when it %s', async ([, text, reason], { expect }) => {
    const ended = await script(text);
    expect(ended).toMatchObject({ exitCode: exitCodes.build, reason, left: [] });
  });

  it('mounts its checkout and temporary files into containers, which write to them', async ({ expect }) => {
    const ended = await script(`
      made=$(mktemp -d)
      docker run --rm -v "$PWD":/work -v "$made:/made" -w /work ${bed.lab.images.busybox} sh -c 'ls; echo in >in.txt; echo too >/made/too'
      docker run --rm --mount type=bind,src="$PWD",dst=/work ${bed.lab.images.busybox} cat /work/in.txt; cat "$made/too"
      docker run --rm -v /etc:/host ${bed.lab.images.busybox} true; echo "code $?"
      docker run --rm --volume=/tmp/other:/o ${bed.lab.images.busybox} true; echo "code $?"
      ${build}
    `);
    expect(ended).toMatchObject({ exitCode: 0, left: [] });
    expect(ended.log).toMatch(/Dockerfile\nbuild.sh\n/);
    expect(ended.log).toContain('in\ntoo\n');
    expect(ended.log).toMatch(/twinhull: \/etc cannot be mounted: .*\ncode 125\n/);
    expect(ended.log).toMatch(/twinhull: \/tmp\/other cannot be mounted: .*\ncode 125\n/);
  });

  it('may create a builder, which is private to it and removed afterwards', async ({ expect }) => {
    const ended = await script(`
      if docker buildx version; then
        docker buildx create --name mine && docker buildx inspect mine && docker buildx use mine && ls "$DOCKER_CONFIG/buildx/instances"
      fi
      ${build}
    `);
    expect(ended).toMatchObject({ exitCode: 0, left: [] });
    if (ended.log.includes('buildx v') || /buildx \d/.test(ended.log))
      expect(ended.log).toContain(`mine-${ended.key}\n`);
  });

  it('cannot forge a mark, nor bypass the shims through its environment', async ({ expect }) => {
    const fake = '##twinhull 0123456789abcdef0123456789abcdef 1.00';
    const ended = await script(
      `echo '${fake} hello 1 1 x'; echo '${fake} fail build task step-failed 1 forged'; printf 'no newline'
      ${build}; docker push "\${1%:*}:latest"; printf 'none here'`,
      { environment: { TWINHULL_STEP_1_ENV_COUNT: '1', TWINHULL_STEP_1_ENV_1: 'PATH=/usr/bin:/bin' } },
    );
    expect(ended).toMatchObject({ exitCode: 0, reason: undefined });
    expect(ended.log).toContain('latest skipped');
    expect(ended.marks).toContainEqual(expect.objectContaining({ verb: 'end', phase: 'build', exitCode: 0 }));
  });

  it('keeps the credentials of the job, whatever it logs in to or out of', async ({ expect }) => {
    const ended = await script(
      `echo dummy | docker login -u AWS --password-stdin "\${1%%/*}"; docker logout "\${1%%/*}"; ls "$DOCKER_CONFIG"; ${build}`,
      { credentials: { username: 'robot', password: 'secret' } },
    );
    expect(ended.exitCode).toBe(0);
    expect(ended.log).toContain('config.json');
  });
});
