import { type Command, Option } from 'commander';
import { platforms } from '../domain/platform.ts';
import type { BatchManifestOptions, KubernetesManifestOptions } from './commands/manifest.ts';
import { commandWords, wholeNumber, wholeNumberIn } from './option-values.ts';
import type { Terminal } from './terminal.ts';

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
    .option('--image <name>', 'image of the recipe', 'task')
    .addOption(new Option('--platform <platform>', 'of this platform').choices(platforms).default('linux/arm64'))
    .option('--name <name>', 'name of the job definition; without it made of repository, image and architecture')
    .option('--vcpus <number>', 'virtual CPUs', wholeNumberIn(1, 1024), 1)
    .option('--memory <mebibytes>', 'memory', wholeNumberIn(4, 16_777_216), 2048)
    .option('--job-role <role>', 'ARN of the role of the program in the container')
    .option('--execution-role <role>', 'ARN of the role that pulls the image and writes the log')
    .option('--log-group <name>', "log group; without it Batch's own, /aws/batch/job")
    .option('--attempts <number>', 'starts when hosts are lost', wholeNumberIn(1, 10), 3)
    .option('--timeout-seconds <number>', 'longest run; without it none', wholeNumberIn(60, 2_147_483_647))
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
    .option('--image <name>', 'image of the recipe', 'submit')
    .addOption(new Option('--platform <platform>', 'of this platform').choices(platforms).default('linux/amd64'))
    .option('--name <name>', 'name of the Job; without it made of repository, image and commit')
    .option('--namespace <name>', 'namespace; without it whichever kubectl is set to')
    .option('--service-account <name>', 'service account', 'nextflow')
    .option('--config-map <name>', 'config map with nextflow.config and main.nf', 'nextflow')
    .option('--cpu <quantity>', 'CPU that is asked for', '500m')
    .option('--memory <quantity>', 'memory, request and limit', '2Gi')
    .option('--keep-seconds <number>', 'how long an ended Job is kept', wholeNumber, 86_400)
    .option('--command <json>', 'command; without it Nextflow runs main.nf of the config map', commandWords)
    .option('--json', 'print it as JSON', false)
    .action((id: string | undefined, options: KubernetesManifestOptions) =>
      choose(async (terminal) => (await import('./commands/manifest.ts')).manifestKubernetes(id, options, terminal)),
    );

  for (const command of [batch, kubernetes])
    command.exitOverride().showHelpAfterError(`(see twinhull manifest ${command.name()} --help)`);
}
