import { batchJobDefinition, documentTag } from '../../manifests/batch-job-definition.ts';
import { headJob } from '../../manifests/head-job.ts';
import { type PublishedBuild, pinImage } from '../../manifests/pinned-image.ts';
import { vecoliConfiguration } from '../../manifests/vecoli-configuration.ts';
import { yamlText } from '../../manifests/yaml-text.ts';
import { loadSettings } from '../../settings/settings.ts';
import { withBuilds } from '../builds/with-builds.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { findPublishedBuild } from '../find-build.ts';
import type { OptionsOf } from '../table/entry.ts';
import type { manifest } from '../table/manifest.ts';
import { type Terminal, write, writeJson } from '../terminal.ts';

export async function manifestBatch(
  name: string | undefined,
  options: OptionsOf<typeof manifest.commands.batch>,
  terminal: Terminal,
): Promise<ExitCode> {
  const { stdout, stderr } = terminal;
  const document = batchJobDefinition(pinImage(await find(name, terminal), options), options);
  if (!options.register) {
    await writeJson(stdout, document);
    return exitCodes.success;
  }
  const { registerJobDefinition } = await import('../../adapters/aws/batch/register-job-definition.ts');
  const { arn, revision, isNew } = await registerJobDefinition(document, documentTag, loadSettings().aws);
  const done = isNew ? 'registered' : 'is registered already';
  await write(stderr, `job definition ${document.jobDefinitionName ?? ''} revision ${revision} ${done}\n`);
  await (options.json
    ? writeJson(stdout, { arn, name: document.jobDefinitionName, revision, isNew })
    : write(stdout, `${arn}\n`));
  return exitCodes.success;
}

export async function manifestKubernetes(
  name: string | undefined,
  options: OptionsOf<typeof manifest.commands.k8s>,
  terminal: Terminal,
): Promise<ExitCode> {
  const { stdout } = terminal;
  const job = headJob(pinImage(await find(name, terminal), options), options);
  await (options.json ? writeJson(stdout, job) : write(stdout, yamlText(job)));
  return exitCodes.success;
}

export async function manifestVecoli(
  name: string | undefined,
  options: OptionsOf<typeof manifest.commands.vecoli>,
  terminal: Terminal,
): Promise<ExitCode> {
  await writeJson(terminal.stdout, vecoliConfiguration(await find(name, terminal), options));
  return exitCodes.success;
}

function find(name: string | undefined, terminal: Terminal): Promise<PublishedBuild> {
  return withBuilds(terminal, (builds) => findPublishedBuild(builds, name));
}
