import { type Command, Option } from 'commander';
import { platforms } from '../domain/platform.ts';
import { batchDefaults, batchImage, headJobDefaults, headJobImage } from '../manifests/defaults.ts';
import type { BatchManifestOptions, KubernetesManifestOptions } from './commands/manifest.ts';
import { commandWords, wholeNumberIn } from './option-values.ts';
import type { Terminal } from './terminal.ts';

/** Batch and Kubernetes alike hold seconds in 32 bits. */
const mostSeconds = 2_147_483_647;

/** `twinhull manifest batch|k8s`: each loaded only when it is called for. */
export function describeManifest(
  program: Command,
  choose: (run: (terminal: Terminal) => Promise<number>) => void,
): void {
  const manifest = program
    .command('manifest')
    .description('print what runs a published image elsewhere, pinned by digest');

  const batch = manifest
    .command('batch')
    .description('print a job definition for AWS Batch, as JSON')
    .argument('[build]', 'id of the build, or a commit; the latest published one without it')
    .option('--image <name>', 'image of the recipe', batchImage.image)
    .addOption(new Option('--platform <platform>', 'of this platform').choices(platforms).default(batchImage.platform))
    .option('--name <name>', 'name of the job definition; without it made of repository, image and architecture')
    .option('--vcpus <number>', 'virtual CPUs', wholeNumberIn(1, 1024), batchDefaults.vcpus)
    .option('--memory <mebibytes>', 'memory', wholeNumberIn(4, 16_777_216), batchDefaults.memory)
    .option('--job-role <role>', 'ARN of the role of the program in the container')
    .option('--execution-role <role>', 'ARN of the role that pulls the image and writes the log')
    .option('--log-group <name>', "log group; without it Batch's own, /aws/batch/job")
    .option('--attempts <number>', 'starts when hosts are lost', wholeNumberIn(1, 10), batchDefaults.attempts)
    .option('--timeout-seconds <number>', 'longest run; without it none', wholeNumberIn(60, mostSeconds))
    .option('--command <json>', 'command, such as \'["uname", "-m"]\'; without it the image\'s own', commandWords)
    .option('--register', 'register it, unless its latest revision is the same, and print its ARN', false)
    .option('--json', 'with --register: print ARN, name and revision as JSON', false)
    .action((id: string | undefined, options: BatchManifestOptions) =>
      choose(async (terminal) => (await import('./commands/manifest.ts')).manifestBatch(id, options, terminal)),
    );

  const kubernetes = manifest
    .command('k8s')
    .description("print a Kubernetes Job that runs Nextflow's head, as YAML")
    .argument('[build]', 'id of the build, or a commit; the latest published one without it')
    .option('--image <name>', 'image of the recipe', headJobImage.image)
    .addOption(
      new Option('--platform <platform>', 'of this platform').choices(platforms).default(headJobImage.platform),
    )
    .option('--name <name>', 'name of the Job; without it made of repository, image and commit')
    .option('--namespace <name>', 'namespace; without it whichever kubectl is set to')
    .option('--service-account <name>', 'service account', headJobDefaults.serviceAccount)
    .option('--config-map <name>', 'config map with nextflow.config and main.nf', headJobDefaults.configMap)
    .option('--cpu <quantity>', 'CPU that is asked for', headJobDefaults.cpu)
    .option('--memory <quantity>', 'memory, request and limit', headJobDefaults.memory)
    .option(
      '--keep-seconds <number>',
      'how long an ended Job is kept',
      wholeNumberIn(0, mostSeconds),
      headJobDefaults.keepSeconds,
    )
    .option('--command <json>', 'command; without it Nextflow runs main.nf of the config map', commandWords)
    .option('--json', 'print it as JSON', false)
    .action((id: string | undefined, options: KubernetesManifestOptions) =>
      choose(async (terminal) => (await import('./commands/manifest.ts')).manifestKubernetes(id, options, terminal)),
    );

  for (const command of [batch, kubernetes])
    command.exitOverride().showHelpAfterError(`(see twinhull manifest ${command.name()} --help)`);
}
