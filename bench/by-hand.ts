import { randomBytes } from 'node:crypto';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jobEnvironment } from '../src/builder/job-environment.ts';
import { builderScript } from '../src/builder/script.ts';
import { type Plan, type PlannedJob, stagingTag } from '../src/domain/plan.ts';
import { platformArchitecture, platformOs } from '../src/domain/platform.ts';
import type { Bed } from './bed.ts';
import type { BenchEngine } from './engine.ts';

const manifestType = 'application/vnd.docker.distribution.manifest.v2+json';
const indexType = 'application/vnd.docker.distribution.manifest.list.v2+json';

/**
 * The same work by hand, without Twinhull: runs the builder for both platforms concurrently with `docker run`, then
 * pushes the index of the results. Nothing is recorded, checked, watched or cleaned up.
 */
export async function buildByHand(bed: Bed, engine: BenchEngine, plan: Plan): Promise<void> {
  const pushed = await Promise.all(plan.jobs.map((job) => runBuilder(bed, engine, plan, job)));
  await putIndex(plan, pushed);
}

interface Pushed {
  readonly job: PlannedJob;
  readonly tag: string;
}

async function runBuilder(bed: Bed, engine: BenchEngine, plan: Plan, job: PlannedJob): Promise<Pushed> {
  const key = randomBytes(6).toString('hex');
  const environment = jobEnvironment(plan, job.platform, { buildId: bed.name, emulation: true });
  await engine.docker(
    ...['run', '--rm', '--label', `dev.twinhull.job-key=${key}`, '--entrypoint', 'sh'],
    ...['--volume', `${await inbox(bed, key)}:/run/twinhull`, '--volume', `${engine.socket}:/run/docker.sock`],
    ...Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...[engine.builderImage, '/run/twinhull/builder.sh'],
  );
  return { job, tag: stagingTag(imageOf(job), job.platform, key) };
}

/** The builder erases the token in its folder, so each job gets its own. */
async function inbox(bed: Bed, key: string): Promise<string> {
  const folder = bed.newFolder();
  writeFileSync(join(folder, 'builder.sh'), await builderScript());
  copyFileSync(bed.lab.git.caFile, join(folder, 'ca.pem'));
  copyFileSync(bed.lab.git.tokenFile, join(folder, 'git-token'));
  writeFileSync(join(folder, 'git-audience'), new URL(bed.lab.git.url).host);
  writeFileSync(join(folder, 'job-key'), key);
  return folder;
}

async function putIndex(plan: Plan, pushed: readonly Pushed[]): Promise<void> {
  const [host, ...path] = plan.destination.repository.split('/');
  const manifests = `http://${host ?? ''}/v2/${path.join('/')}/manifests`;
  const children = await Promise.all(pushed.map((image) => resolve(manifests, image)));
  const body = JSON.stringify({ schemaVersion: 2, mediaType: indexType, manifests: children });
  const [tag] = plan.tags;
  const headers = { 'content-type': indexType };
  await expectOk(await fetch(`${manifests}/${tag?.tag ?? ''}`, { method: 'PUT', headers, body }));
}

async function resolve(manifests: string, { job, tag }: Pushed): Promise<object> {
  const response = await fetch(`${manifests}/${tag}`, { headers: { accept: manifestType } });
  const text = await expectOk(response);
  return {
    mediaType: manifestType,
    digest: response.headers.get('docker-content-digest'),
    size: Buffer.byteLength(text),
    platform: { os: platformOs(job.platform), architecture: platformArchitecture(job.platform) },
  };
}

async function expectOk(response: Response): Promise<string> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${String(response.status)}: ${text}`);
  return text;
}

function imageOf({ platform, steps }: PlannedJob): string {
  const [step] = steps;
  if (step === undefined) throw new Error(`the ${platform} job builds nothing`);
  return step.image;
}
