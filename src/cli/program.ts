import { Command, CommanderError, Option } from 'commander';
import { buildStates } from '../domain/build.ts';
import { TwinhullError } from '../domain/errors/twinhull-error.ts';
import { platforms } from '../domain/platform.ts';
import { ifBusyPolicies } from '../domain/queue-policy.ts';
import { stateFolder } from '../settings/state-folder.ts';
import type { BuildCommandOptions } from './commands/build.ts';
import type { CancelOptions } from './commands/cancel.ts';
import type { DoctorOptions } from './commands/doctor.ts';
import type { ImagesOptions } from './commands/images.ts';
import type { InitOptions } from './commands/init.ts';
import type { ListOptions } from './commands/list.ts';
import type { LogsOptions } from './commands/logs.ts';
import { describeManifest } from './commands/manifest.options.ts';
import type { PlanCommandOptions } from './commands/plan.ts';
import type { PromoteOptions } from './commands/promote.ts';
import { describePrune } from './commands/prune.options.ts';
import type { ReconcileCommandOptions } from './commands/reconcile.ts';
import type { RetryOptions } from './commands/retry.ts';
import type { ServeCommandOptions } from './commands/serve.ts';
import { describeSimulate } from './commands/simulate.options.ts';
import type { StatusOptions } from './commands/status.ts';
import { describeToken } from './commands/token.options.ts';
import type { WaitOptions } from './commands/wait.ts';
import { exitCodeOf, exitCodes } from './exit-codes.ts';
import { commitBeginning, positiveNumber, wholeNumber } from './option-values.ts';
import { describeServer, serverOf } from './server-option.ts';
import { type Terminal, write } from './terminal.ts';
import { version } from './version.ts';

type Run = (terminal: Terminal) => Promise<number>;

/** Parses the command line, runs the command, and turns any error into text and an exit code. */
export async function run(words: readonly string[], process: NodeJS.Process): Promise<number> {
  const terminal: Terminal = { cwd: process.cwd(), stdout: process.stdout, stderr: process.stderr };
  let chosen: Run | undefined;
  const program = describeProgram((command) => {
    chosen = command;
  });
  try {
    await program.parseAsync(words, { from: 'user' });
    return chosen === undefined ? exitCodes.success : await chosen({ ...terminal, server: serverOf(program) });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.wrongUse;
    await write(terminal.stderr, await errorText(error, terminal));
    return exitCodeOf(error);
  }
}

/** An unknown error is shown as an id only; its details go to a file in the state folder. */
async function errorText(error: unknown, { stderr }: Terminal): Promise<string> {
  const { renderError } = await import('./render/error.ts');
  const { displayOf } = await import('./render/display.ts');
  if (TwinhullError.is(error)) return renderError(error, displayOf(stderr));
  const { recordUnknownError } = await import('./render/error-log.ts');
  return renderError(error, displayOf(stderr), recordUnknownError(error, stateFolder(process.env)));
}

/** The commands, each loaded on demand: `twinhull list` must not load the Docker client. */
function describeProgram(choose: (run: Run) => void): Command {
  const program = new Command('twinhull')
    .description(
      'Build container images for two architectures at once, each natively, and publish them together or not at all.',
    )
    .version(version())
    .exitOverride()
    .showHelpAfterError('(see twinhull --help)');
  describeServer(program);
  // As a variable it applies to all output, to programs that are run, and to errors of this command line.
  program.option('--no-color', 'print without colours (also: NO_COLOR)').on('option:no-color', () => {
    process.env['NO_COLOR'] = '1';
  });

  planOptions(program.command('build').description('build one commit and publish its images'))
    .option(
      '--force',
      'build even if the images exist; take over moving tags of others, and tags of unknown owners',
      false,
    )
    .addOption(
      new Option('--if-busy <policy>', 'while another build publishes one of its tags (default: refuse)').choices(
        ifBusyPolicies,
      ),
    )
    .option('--detach', 'return at once; the build continues in the background', false)
    .option('--metadata-file <file>', 'also write the result to this file as JSON')
    .option('--json', 'print the result as JSON', false)
    .action((options: BuildCommandOptions) =>
      choose(async (terminal) => (await import('./commands/build.ts')).build(options, terminal)),
    );

  planOptions(program.command('plan').description('show the jobs, steps and tags of a build without running it'))
    .option('--json', 'print the plan as JSON', false)
    .action((options: PlanCommandOptions) =>
      choose(async (terminal) => (await import('./commands/plan.ts')).plan(options, terminal)),
    );

  program
    .command('status')
    .description('show a build')
    .argument('[build]', 'id of the build (default: the latest)')
    .option('--json', 'print it as JSON', false)
    .action((id: string | undefined, options: StatusOptions) =>
      choose(async (terminal) => (await import('./commands/status.ts')).status(id, options, terminal)),
    );

  program
    .command('wait')
    .description('wait until a build has ended')
    .argument('[build]', 'id of the build (default: the latest)')
    .option('--timeout <seconds>', 'stop waiting after this many seconds', positiveNumber)
    .option('--json', 'print the result as JSON', false)
    .action((id: string | undefined, options: WaitOptions) =>
      choose(async (terminal) => (await import('./commands/wait.ts')).wait(id, options, terminal)),
    );

  program
    .command('logs')
    .description('print the logs of a build')
    .argument('[build]', 'id of the build (default: the latest)')
    .addOption(new Option('--platform <platform>', 'only this platform').choices(platforms))
    .option('--follow', 'follow until the build has ended', false)
    .option('--attempt <number>', 'this attempt (default: the last)', wholeNumber)
    .option('--json', 'print one JSON object a line', false)
    .action((id: string | undefined, options: LogsOptions) =>
      choose(async (terminal) => (await import('./commands/logs.ts')).logs(id, options, terminal)),
    );

  program
    .command('list')
    .description('list builds, newest first')
    .option('--limit <number>', 'how many', wholeNumber, 20)
    .option('--all', 'no limit', false)
    .addOption(new Option('--state <state...>', 'only these').choices(buildStates))
    .option('--commit <commit>', 'only of this commit: 7 to 40 hexadecimal digits', commitBeginning)
    .option('--json', 'print them as JSON', false)
    .action((options: ListOptions) =>
      choose(async (terminal) => (await import('./commands/list.ts')).list(options, terminal)),
    );

  program
    .command('images')
    .description('show what a build published: tags, digests, platforms, sizes')
    .argument('[build]', 'id of the build, or a commit (default: the latest published build)')
    .option('--json', 'print them as JSON', false)
    .action((id: string | undefined, options: ImagesOptions) =>
      choose(async (terminal) => (await import('./commands/images.ts')).images(id, options, terminal)),
    );

  program
    .command('cancel')
    .description('stop a build')
    .argument('<build>', 'id of the build')
    .option('--json', 'print the build as JSON', false)
    .action((id: string, options: CancelOptions) =>
      choose(async (terminal) => (await import('./commands/cancel.ts')).cancel(id, options, terminal)),
    );

  program
    .command('retry')
    .description('rebuild the platforms that failed, and publish')
    .argument('<build>', 'id of the build')
    .option('--detach', 'return at once; the build continues in the background', false)
    .option('--metadata-file <file>', 'also write the result to this file as JSON')
    .option('--json', 'print the result as JSON', false)
    .action((id: string, options: RetryOptions) =>
      choose(async (terminal) => (await import('./commands/retry.ts')).retry(id, options, terminal)),
    );

  program
    .command('promote')
    .description('point a tag at the images of a commit, without building')
    .argument('<commit>', 'a published commit, 7 to 40 hexadecimal digits')
    .requiredOption('--tag <tag>', 'tag to move, such as stable')
    .option('--image <name>', 'image of the recipe. Default: the first')
    .option('--force', 'take the tag over from another owner', false)
    .option('--json', 'print the result as JSON', false)
    .action((commit: string, options: PromoteOptions) =>
      choose(async (terminal) => (await import('./commands/promote.ts')).promote(commit, options, terminal)),
    );

  describeManifest(program, choose);

  program
    .command('init')
    .description('write a recipe for the Dockerfiles in this folder')
    .option('--output <file>', 'where to', 'twinhull.yaml')
    .option('--stdout', 'print it instead', false)
    .action((options: InitOptions) =>
      choose(async (terminal) => (await import('./commands/init.ts')).init(options, terminal)),
    );

  program
    .command('doctor')
    .description(
      'check everything that builds need (engine or AWS, disk, registry, git access), with a fix for each problem',
    )
    .addOption(new Option('--backend <backend>', 'backend to check').choices(['docker', 'aws']))
    .option('--destination <repository>', 'repository in a registry, host[:port]/path')
    .option('--repository <url>', 'git repository')
    .option('--json', 'print the checks as JSON', false)
    .action((options: DoctorOptions) =>
      choose(async (terminal) => (await import('./commands/doctor.ts')).doctor(options, terminal)),
    );

  program
    .command('reconcile')
    .description('drive all builds of the store to their end, also after a crash')
    .option('--until-idle', 'exit when no build is open', false)
    .action((options: ReconcileCommandOptions) =>
      choose(async (terminal) => (await import('./commands/reconcile.ts')).reconcile(options, terminal)),
    );

  describePrune(program, choose);
  describeSimulate(program, choose);

  program
    .command('serve')
    .description('serve the HTTP API, and drive the builds that it accepts')
    .option('--listen <address>', 'host:port (default: TWINHULL_LISTEN)')
    .action((options: ServeCommandOptions) =>
      choose(async (terminal) => (await import('./commands/serve.ts')).serve(options, terminal)),
    );

  program
    .command('open')
    .description('print a link that opens the pages of the service on this machine, signed in')
    .action(() => choose(async (terminal) => (await import('./commands/open.ts')).open(terminal)));

  describeToken(program, choose);

  for (const command of program.commands)
    command.exitOverride().showHelpAfterError(`(see twinhull ${command.name()} --help)`);
  return program;
}

function planOptions(command: Command): Command {
  return command
    .option('--repository <url>', 'git repository, an https:// URL (default: the origin of this folder)')
    .option('--ref <reference>', 'branch, tag, commit or refs/... (default: the commit of this folder)')
    .option('--recipe <recipe>', 'recipe file, or preset: vecoli')
    .option('--destination <repository>', 'repository in a registry, host[:port]/path');
}
