import { type Command, Option } from 'commander';
import { defaultRetention } from '../pipeline/prune/policy.ts';
import type { PruneOptions } from './commands/prune.ts';
import { wholeNumberIn } from './option-values.ts';
import type { Terminal } from './terminal.ts';

type Choose = (run: (terminal: Terminal) => Promise<number>) => void;

const count = wholeNumberIn(0, 100_000);

/** `twinhull prune`: shows what would go, and only with `--yes` removes it. */
export function describePrune(program: Command, choose: Choose): void {
  const { keepDays, keepFailedDays, keepLogDays, keepCacheDays, keepPublished } = defaultRetention;
  program
    .command('prune')
    .description('show which old builds, logs, tags and images would go; with --yes remove them')
    .option('--yes', 'remove them', false)
    .addOption(new Option('--dry-run', 'only show, as without --yes').conflicts('yes'))
    .option('--destination <repository>', 'only of this repository, host[:port]/path')
    .option('--keep-days <days>', 'keep published builds, and their staging tags', count, keepDays)
    .option(
      '--keep-failed-days <days>',
      'keep failed and cancelled builds, and what they pushed',
      count,
      keepFailedDays,
    )
    .option('--keep-log-days <days>', 'keep logs', count, keepLogDays)
    .option('--keep-cache-days <days>', 'keep cache tags after their last use', count, keepCacheDays)
    .option('--keep-published <number>', 'newest published builds of a recipe that stay', count, keepPublished)
    .option('--published', 'also old published tags, except those that move', false)
    .option('--unknown-tags', 'also staging and cache tags of no stored build: only if nobody else pushes there', false)
    .option('--json', 'print it as JSON', false)
    .action((options: PruneOptions) =>
      choose(async (terminal) => (await import('./commands/prune.ts')).prune(options, terminal)),
    );
}
