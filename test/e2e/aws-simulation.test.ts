import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { Job } from 'kubernetes-models/batch/v1';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { awsBuilderReference } from '../../lab/aws/builder-image.ts';
import { ecrLogin } from '../../lab/aws/identity.ts';
import { docker } from '../../lab/engine-client.ts';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import type { headJob } from '../../src/manifests/head-job.ts';
import type { VecoliConfiguration } from '../../src/manifests/vecoli-configuration.ts';
import { presetVecoli } from '../../src/recipes/preset-vecoli.ts';
import { type AwsE2eBed, openAwsE2eBed } from '../helpers/aws-e2e-bed.ts';
import { startService } from '../helpers/e2e-service.ts';

const page = new URL('../../docs/consumers.md', import.meta.url);
const script = new URL('../../examples/vecoli-mini/runscripts/container/build-and-push-ecr.sh', import.meta.url);

const template = `profiles {
    aws {
        aws {
            region = params.aws_region
        }
    }
}
`;
/** Prints what vEcoli's program would have received. */
const python = `#!/bin/sh
echo "python $* in $PWD, region $AWS_REGION, user $USER"
cat /config/workflow.json runscripts/nextflow/config.template
`;
/** Records what would have been sent to a cluster. */
const kubectl = `#!/bin/sh
echo "$*" >>kubectl.log
[ "$1" != apply ] || cat >job.yaml
`;
const documentedCommit = '3f2c1a9b7d5e4f60718293a4b5c6d7e8f9012345';

/** The preset with the tags of a deployment that has not been migrated yet, on a submit image that takes a second. */
function recipe() {
  const { task, submit } = presetVecoli.images(presetVecoli.options.parse({ platformTags: true }));
  const dockerfile = { path: 'submit/Dockerfile', cache: false };
  return { version: 1, name: 'vecoli', images: { task, submit: { ...submit, dockerfile, verify: [] } } };
}

/** The program and the commands of that section. */
async function walk(): Promise<{ readonly client: string; readonly commands: string }> {
  const text = await readFile(page, 'utf8');
  const section = /## From a commit to a running simulation\n(.*?)\n## /s.exec(text)?.[1] ?? '';
  const blocks = [...section.matchAll(/```(python|sh)\n(.*?)```/gs)].map(([, language, code = '']) => ({
    language,
    code,
  }));
  const of = (language: string) => blocks.filter((block) => block.language === language).map(({ code }) => code);
  return { client: of('python').join(''), commands: of('sh').join('') };
}

describe('from a commit to a running simulation, as described in docs/consumers.md', () => {
  let aws: AwsE2eBed;
  let folder: string;
  let build: BuildJson;
  let configuration: VecoliConfiguration & { readonly experiment_id?: string };
  let job: ReturnType<typeof headJob>;

  beforeAll(async () => {
    aws = await openAwsE2eBed();
    const { url, commit } = await aws.bed.repository({
      'runscripts/container/build-and-push-ecr.sh': { mode: '100755', content: await readFile(script, 'utf8') },
      'runscripts/container/Dockerfile': `FROM ${aws.lab.images.busybox}\nWORKDIR /vEcoli\nCOPY . .\nRUN mv python /bin/\n`,
      'runscripts/nextflow/config.template': template,
      python: { mode: '100755', content: python },
      'submit/Dockerfile': 'ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN echo launcher >/launcher\n',
    });
    const service = await startService(aws.bed, { TWINHULL_REPOSITORY: url });
    folder = join(aws.bed.folder, 'walk');
    await mkdir(join(folder, 'bin'), { recursive: true });
    const { client, commands } = await walk();
    expect(
      client
        .trim()
        .split('\n')
        .filter((line) => line !== ''),
    ).toHaveLength(10);
    await writeFile(join(folder, 'client.py'), client);
    await writeFile(join(folder, 'simulation.json'), JSON.stringify({ experiment_id: 'run-7' }));
    await writeFile(join(folder, 'bin/kubectl'), kubectl, { mode: 0o755 });
    const twinhull = `#!/bin/sh\nexec ${process.execPath} ${aws.bed.program} "$@"\n`;
    await writeFile(join(folder, 'bin/twinhull'), twinhull, { mode: 0o755 });
    const input = commands.replaceAll(documentedCommit, commit).replace('"vecoli"', JSON.stringify(recipe()));
    const ran = await execa('sh', ['-eu'], {
      input,
      cwd: folder,
      env: aws.bed.environment({
        PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
        TWINHULL_URL: service.url,
        TWINHULL_TOKEN_FILE: service.tokenFile,
      }),
      extendEnv: false,
      reject: false,
      timeout: 600_000,
    });
    expect(ran.exitCode, ran.stderr).toBe(0);
    const [made] = await aws.bed.builds();
    build = await aws.bed.status(made?.id ?? '');
    configuration = JSON.parse(await readFile(join(folder, 'workflow.json'), 'utf8')) as typeof configuration;
    job = parse(await readFile(join(folder, 'job.yaml'), 'utf8')) as typeof job;
  });

  afterAll(async () => {
    const pulled = await aws.bed.docker.listImages({ filters: { reference: [aws.ecr.uri] } });
    for (const { Id } of pulled) await aws.bed.docker.getImage(Id).remove({ force: true });
    await aws.dispose();
  });

  const digestOf = (image: string, platform: string) =>
    build.images.find((one) => one.image === image && one.platform === platform)?.digest;

  it('publishes the tags of sms-api as well as those of the preset, each the image of its platform', async () => {
    const { commit } = build;
    expect(await aws.registry.published()).toEqual(
      [commit, `${commit}-amd64`, `${commit}-amd64-submit`, `${commit}-arm64`, `${commit}-submit`].sort(),
    );
    expect(await aws.registry.digest(`${commit}-arm64`)).toBe(digestOf('task', 'linux/arm64'));
    expect(await aws.registry.digest(`${commit}-amd64`)).toBe(digestOf('task', 'linux/amd64'));
    expect(await aws.registry.digest(`${commit}-amd64-submit`)).toBe(digestOf('submit', 'linux/amd64'));
    const index = await aws.registry.manifest(commit);
    expect(index.manifests?.map(({ digest }) => digest)).toEqual([
      digestOf('task', 'linux/arm64'),
      digestOf('task', 'linux/amd64'),
    ]);
  });

  it('configures the workflow with the image that its own script finds in ECR', async () => {
    const { container_image: image, region } = configuration.aws;
    expect(configuration).toMatchObject({
      experiment_id: 'run-7',
      aws: { build_image: false, region: 'us-gov-west-1', batch_queue: 'vecoli-arm64' },
    });
    const colon = image.lastIndexOf(':');
    const words = ['-u', '-i', image.slice(colon + 1), '-r', image.slice(0, colon), '-R', region];
    const environment = Object.entries({
      ...aws.lab.aws.environment,
      AWS_ENDPOINT_URL: aws.lab.aws.endpoint,
      USER: 'me',
    });
    const found = await docker(aws.bed.lab.engine.host, [
      ...['run', '--rm', '--entrypoint', 'bash'],
      ...environment.flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ...[awsBuilderReference, '-c', await readFile(script, 'utf8'), 'build-and-push-ecr.sh', ...words],
    ]);
    expect(found.trim()).toBe(`${aws.ecr.uri}:${build.commit}-arm64`);
  });

  it('creates a config map and a Job that matches the Kubernetes schema', async () => {
    expect((await readFile(join(folder, 'kubectl.log'), 'utf8')).split('\n')).toEqual([
      'create configmap run-7-config --from-file=workflow.json',
      'apply -f -',
      'logs --follow job/run-7',
      '',
    ]);
    new Job(job).validate();
    expect(job).toMatchObject({
      metadata: { name: 'run-7' },
      spec: {
        template: {
          spec: {
            serviceAccountName: 'batch-submit',
            volumes: [{ configMap: { name: 'run-7-config' } }],
            containers: [{ image: `${aws.ecr.uri}@${digestOf('submit', 'linux/amd64') ?? ''}` }],
          },
        },
      },
    });
  });

  it('starts the workflow in the image, as the pod would', async () => {
    const container = job.spec?.template.spec?.containers[0];
    const [program = '', ...rest] = container?.command ?? [];
    const auth = Buffer.from(`${ecrLogin.user}:${ecrLogin.password}`).toString('base64');
    const auths = { [aws.lab.aws.registry.host]: { auth } };
    await writeFile(join(aws.bed.folder, 'config.json'), JSON.stringify({ auths }), { mode: 0o600 });
    const output = await docker(
      aws.bed.lab.engine.host,
      [
        ...['run', '--rm', '--platform', 'linux/amd64', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
        ...['--volume', `${folder}:${container?.volumeMounts?.[0]?.mountPath ?? ''}:ro`],
        ...(container?.env ?? []).flatMap(({ name, value }) => ['--env', `${name}=${value ?? ''}`]),
        ...['--entrypoint', program, container?.image ?? '', ...rest],
      ],
      { DOCKER_CONFIG: aws.bed.folder },
    );
    expect(output).toContain(
      'python runscripts/workflow.py --config /config/workflow.json in /vEcoli, region us-gov-west-1, user sms-api\n',
    );
    expect(output).toContain('"experiment_id": "run-7"');
    expect(output).toContain(`"container_image": "${aws.ecr.name}:${build.commit}-arm64"`);
    expect(output).toContain(
      "region = params.aws_region\n            client { endpoint = 'https://s3.us-gov-west-1.amazonaws.com' }\n",
    );
  });
});
