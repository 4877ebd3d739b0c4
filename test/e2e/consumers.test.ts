import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Job } from 'kubernetes-models/batch/v1';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { docker } from '../../lab/engine-client.ts';
import type { BuildJson } from '../../src/build-json/shapes.ts';
import type { headJob } from '../../src/manifests/head-job.ts';
import { type AwsLab, readAwsLab } from '../helpers/aws-lab.ts';
import { problemsOfJobDefinition } from '../helpers/batch-model.ts';
import { E2eBed } from '../helpers/e2e-bed.ts';
import { EmulatedJobs } from '../helpers/emulated-jobs.ts';
import { expectRefusal } from '../helpers/expect-refusal.ts';

const launcher = fileURLToPath(new URL('../../lab/nextflow/nextflow', import.meta.url));
const javaStandIn = '#!/bin/sh\necho "openjdk version 17 (stand-in)" >&2\n';

/** The first user's two images in small: a task image for both platforms, and on top a submit image with a launcher. */
const recipe = stringify({
  version: 1,
  name: 'model',
  images: {
    task: { dockerfile: { cache: false }, tags: ['{commit}'] },
    submit: {
      from: 'task',
      platforms: ['linux/amd64'],
      dockerfile: { path: 'submit/Dockerfile', cache: false },
      tags: ['{commit}-submit'],
    },
  },
});

interface JobDefinition {
  readonly jobDefinitionName: string;
  readonly containerProperties: { readonly image: string };
}

type KubernetesJob = ReturnType<typeof headJob>;

describe('consumers of a published build', () => {
  let bed: E2eBed;
  let lab: AwsLab;
  let build: BuildJson;

  beforeAll(async () => {
    bed = await E2eBed.open();
    lab = await readAwsLab();
    const { url } = await bed.repository({
      Dockerfile: `FROM ${lab.images.busybox}\nRUN echo ${bed.name} >/name\nCMD ["sh", "-c", "uname -m; cat /name"]\n`,
      'submit/Dockerfile': 'ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nCOPY submit/nextflow submit/java /bin/\n',
      'submit/nextflow': { mode: '100755', content: await readFile(launcher, 'utf8') },
      'submit/java': { mode: '100755', content: javaStandIn },
    });
    const ran = await bed.run([
      'build',
      '--repository',
      url,
      '--ref',
      'main',
      '--recipe',
      await bed.file(recipe),
      '--json',
    ]);
    expect(ran.exitCode, ran.stderr).toBe(0);
    build = JSON.parse(ran.stdout) as BuildJson;
  });

  afterAll(async () => {
    // The images that the jobs and the container pulled.
    const pulled = await bed.docker.listImages({ filters: { reference: [bed.destination] } });
    for (const { Id } of pulled) await bed.docker.getImage(Id).remove({ force: true });
    await bed.dispose();
  });

  async function manifest(...words: string[]): Promise<string> {
    const ran = await bed.run(['manifest', ...words]);
    expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
    return ran.stdout;
  }

  function digestOf(image: string, platform: string): string {
    const built = build.images.find((one) => one.image === image && one.platform === platform);
    return `${bed.destination}@${built?.digest ?? ''}`;
  }

  describe('on AWS Batch', () => {
    it('get a job definition that matches Batch’s model, of the arm64 image by its digest', async () => {
      const document = JSON.parse(await manifest('batch')) as JobDefinition;
      expect(problemsOfJobDefinition(document)).toEqual([]);
      expect(document.jobDefinitionName).toBe('app-task-arm64');
      expect(document.containerProperties.image).toBe(digestOf('task', 'linux/arm64'));
      for (const name of [build.id, build.commit, build.commit.slice(0, 8)])
        expect(JSON.parse(await manifest('batch', name))).toEqual(document);
    });

    it('get it for another platform, with their own options', async () => {
      const words = ['--platform', 'linux/amd64', '--name', 'mine', '--memory', '512', '--command', '["uname", "-m"]'];
      expect(JSON.parse(await manifest('batch', ...words))).toMatchObject({
        jobDefinitionName: 'mine',
        containerProperties: { image: digestOf('task', 'linux/amd64'), command: ['uname', '-m'] },
      });
    });

    it('register it once, and its job prints aarch64', async () => {
      const { aws } = lab;
      const env = { ...aws.environment, ...aws.settings, TWINHULL_DESTINATION: bed.destination };
      const words = ['manifest', 'batch', '--register', '--name', `${bed.name}-task`, '--memory', '128'];
      const jobs = new EmulatedJobs(aws);
      const first = await bed.run(words, { env });
      expect(first).toMatchObject({
        exitCode: 0,
        stderr: `job definition ${bed.name}-task revision 1 registered\n`,
        stdout: `arn:aws-us-gov:batch:${aws.region}:${aws.account}:job-definition/${bed.name}-task:1\n`,
      });
      const arn = first.stdout.trim();
      try {
        const again = await bed.run([...words, '--json'], { env });
        expect(again.stderr).toBe(`job definition ${bed.name}-task revision 1 is registered already\n`);
        expect(JSON.parse(again.stdout)).toEqual({ arn, name: `${bed.name}-task`, revision: 1, isNew: false });
        const queue = aws.settings['BUILD_ARM64_QUEUE'] ?? '';
        const { status, lines } = await jobs.run(`${bed.name}-job`, queue, arn);
        expect({ status, lines: lines.filter((line) => line !== '') }).toEqual({
          status: 'SUCCEEDED',
          lines: [expect.stringContaining('aarch64'), expect.stringContaining(bed.name)],
        });
      } finally {
        await jobs.deregister(arn);
        jobs.close();
      }
    });

    it('get an error where AWS cannot be reached', async () => {
      const env = { ...lab.aws.environment, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' };
      const ran = await bed.run(['manifest', 'batch', '--register'], { env });
      expectRefusal(ran, 3, 'BackendUnreachable', 'batch:DescribeJobDefinitions in us-gov-west-1 failed');
    });
  });

  describe('on Kubernetes', () => {
    it('get a Job that matches the Kubernetes schema, of the submit image by digest, as YAML and JSON', async () => {
      const yaml = await manifest('k8s');
      const job = parse(yaml) as KubernetesJob;
      new Job(job).validate();
      expect(job.spec?.template.spec).toMatchObject({
        nodeSelector: { 'kubernetes.io/arch': 'amd64' },
        containers: [{ image: digestOf('submit', 'linux/amd64') }],
      });
      expect(JSON.parse(await manifest('k8s', '--json'))).toEqual(job);
    });

    it('run its head command in the image, as the pod would', async () => {
      const job = parse(await manifest('k8s')) as KubernetesJob;
      const [container] = job.spec?.template.spec?.containers ?? [];
      const [program = '', ...rest] = container?.command ?? [];
      const folder = join(bed.folder, 'config-map');
      await mkdir(folder);
      await writeFile(join(folder, 'main.nf'), 'workflow {}\n');
      await writeFile(join(folder, 'nextflow.config'), '');
      const words = [
        ...['--platform', 'linux/amd64', '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'],
        ...['--workdir', container?.workingDir ?? '', '--tmpfs', container?.workingDir ?? ''],
        ...['--volume', `${folder}:${container?.volumeMounts?.[0]?.mountPath ?? ''}:ro`],
        ...(container?.env ?? []).flatMap(({ name, value }) => ['--env', `${name}=${value ?? ''}`]),
        ...['--entrypoint', program, container?.image ?? '', ...rest],
      ];
      const output = await docker(bed.lab.engine.host, ['run', '--rm', ...words]);
      expect(output).toContain('Java answers: openjdk version 17 (stand-in)');
    });
  });

  it('get an error that names the published images when they ask for another', async () => {
    const refusal = async (words: string[], code: 'ImageNotPublished' | 'ArgumentInvalid', contains: string) =>
      expectRefusal(await bed.run(['manifest', ...words]), 2, code, contains);
    await refusal(['batch', '--image', 'app'], 'ImageNotPublished', 'published no image "app"');
    await refusal(['batch', '--image', 'submit'], 'ImageNotPublished', 'it is published for linux/amd64');
    await refusal(['vecoli'], 'ArgumentInvalid', `${bed.destination}" is not at ECR`);
    await refusal(['k8s', '--head', 'vecoli'], 'ArgumentInvalid', 'the AWS region of the workflow is unknown');
    await refusal(['k8s', '0123456789'], 'ImageNotPublished', 'no build published commit 0123456789');
    await refusal(['k8s', '--name', 'Not_A_Label'], 'ArgumentInvalid', 'lower-case letters, digits and -');
    await refusal(['batch', '--name', 'a.b'], 'ArgumentInvalid', 'letters, digits, - and _');
  });

  it('get an error for wrong usage', async () => {
    for (const words of [
      ['batch', '--memory', '1'],
      ['batch', '--command', 'uname'],
      ['k8s', '--platform', 'arm64'],
      ['k8s', '--env', 'USER'],
      ['vecoli', '--platform', 'arm64'],
    ]) {
      const ran = await bed.run(['manifest', ...words]);
      expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
      expect(ran.stderr).toContain(`(see twinhull manifest ${words[0] ?? ''} --help)`);
    }
  });
});
