import { type Command, Option } from 'commander';
import { platforms } from '../../domain/platform.ts';
import { batchDefaults, batchImage, headJobDefaults, headJobImage, vecoliDefaults } from '../../manifests/defaults.ts';
import { headNames } from '../../manifests/heads.ts';
import type { VecoliConfigurationOptions } from '../../manifests/vecoli-configuration.ts';
import { commandWords, environmentVariable, wholeNumberIn } from '../option-values.ts';
import type { Terminal } from '../terminal.ts';
import type { BatchManifestOptions, KubernetesManifestOptions } from './manifest.ts';

/** Batch and Kubernetes both hold seconds in 32 bits. */
const mostSeconds = 2_147_483_647;

/** `twinhull manifest batch|k8s|vecoli`: each is loaded on demand. */
export function describeManifest(
  program: Command,
  choose: (run: (terminal: Terminal) => Promise<number>) => void,
): void {
  const manifest = program.command('manifest').description('print a document that runs a published image');

  const batch = manifest
    .command('batch')
    .description('print a job definition for AWS Batch, pinned by digest, as JSON')
    .argument('[build]', 'id of the build, or a commit (default: the latest published build)')
    .option('--image <name>', 'image of the recipe', batchImage.image)
    .addOption(
      new Option('--platform <platform>', 'platform of the image').choices(platforms).default(batchImage.platform),
    )
    .option('--name <name>', 'name of the job definition (default: from repository, image and architecture)')
    .option('--vcpus <number>', 'virtual CPUs', wholeNumberIn(1, 1024), batchDefaults.vcpus)
    .option('--memory <mebibytes>', 'memory', wholeNumberIn(4, 16_777_216), batchDefaults.memory)
    .option('--job-role <role>', 'ARN of the role of the program in the container')
    .option('--execution-role <role>', 'ARN of the role that pulls the image and writes the log')
    .option('--log-group <name>', 'log group (default: /aws/batch/job)')
    .option('--attempts <number>', 'attempts, if hosts are lost', wholeNumberIn(1, 10), batchDefaults.attempts)
    .option('--timeout-seconds <number>', 'run timeout (default: none)', wholeNumberIn(60, mostSeconds))
    .option('--command <json>', 'command, such as \'["uname", "-m"]\' (default: that of the image)', commandWords)
    .option('--register', 'register it, unless the latest revision is identical, and print its ARN', false)
    .option('--json', 'with --register: print ARN, name and revision as JSON', false)
    .action((id: string | undefined, options: BatchManifestOptions) =>
      choose(async (terminal) => (await import('./manifest.ts')).manifestBatch(id, options, terminal)),
    );

  const kubernetes = manifest
    .command('k8s')
    .description("print a Kubernetes Job that runs a workflow's head, pinned by digest, as YAML")
    .argument('[build]', 'id of the build, or a commit (default: the latest published build)')
    .option('--image <name>', 'image of the recipe', headJobImage.image)
    .addOption(
      new Option('--platform <platform>', 'platform of the image').choices(platforms).default(headJobImage.platform),
    )
    .option('--name <name>', 'name of the Job (default: from repository, image and commit)')
    .addOption(
      new Option('--head <head>', 'workflow head (default: vecoli for the recipe vecoli, otherwise nextflow)').choices(
        headNames,
      ),
    )
    .option('--region <region>', "AWS region of vecoli's head (default: that of the image's ECR registry)")
    .option('--namespace <name>', 'namespace (default: that of the kubectl context)')
    .option('--service-account <name>', 'service account (default: nextflow, or batch-submit for vecoli)')
    .option(
      '--config-map <name>',
      'config map with main.nf and nextflow.config, or for vecoli with workflow.json (default: nextflow, or for vecoli the name of the Job with -config)',
    )
    .option('--cpu <quantity>', 'CPU request', headJobDefaults.cpu)
    .option('--memory <quantity>', 'memory request and limit', headJobDefaults.memory)
    .option(
      '--keep-seconds <number>',
      'how long an ended Job is kept',
      wholeNumberIn(0, mostSeconds),
      headJobDefaults.keepSeconds,
    )
    .option('--env <name=value>', 'environment variable, repeatable', environmentVariable)
    .option('--command <json>', 'command (default: that of the head)', commandWords)
    .option('--json', 'print it as JSON', false)
    .action((id: string | undefined, options: KubernetesManifestOptions) =>
      choose(async (terminal) => (await import('./manifest.ts')).manifestKubernetes(id, options, terminal)),
    );

  const vecoli = manifest
    .command('vecoli')
    .description("print the section aws of the configuration of vEcoli's workflow, with a fixed tag, as JSON")
    .argument('[build]', 'id of the build, or a commit (default: the latest published build)')
    .option('--image <name>', 'image of the recipe', batchImage.image)
    .addOption(
      new Option('--platform <platform>', 'platform of the image').choices(platforms).default(batchImage.platform),
    )
    .option('--queue <name>', "Batch queue of the simulation's tasks", vecoliDefaults.queue)
    .action((id: string | undefined, options: VecoliConfigurationOptions) =>
      choose(async (terminal) => (await import('./manifest.ts')).manifestVecoli(id, options, terminal)),
    );

  for (const command of [batch, kubernetes, vecoli])
    command.exitOverride().showHelpAfterError(`(see twinhull manifest ${command.name()} --help)`);
}
