import { type Command, Option } from 'commander';
import { defaultRetention } from '../../pipeline/prune/policy.ts';
import { wholeNumberIn } from '../option-values.ts';
import type { Terminal } from '../terminal.ts';
import type { PruneOptions } from './prune.ts';

type Choose = (run: (terminal: Terminal) => Promise<number>) => void;

const count = wholeNumberIn(0, 100_000);

/** `twinhull prune`: shows what would be removed, and removes it only with `--yes`. */
export function describePrune(program: Command, choose: Choose): void {
  const { keepDays, keepFailedDays, keepLogDays, keepCacheDays, keepPublished } = defaultRetention;
  program
    .command('prune')
    .description('show which old builds, logs, tags and images would be removed; with --yes remove them')
    .option('--yes', 'remove them', false)
    .addOption(new Option('--dry-run', 'only show them (the default)').conflicts('yes'))
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
    .option('--keep-published <number>', 'newest published builds to keep per recipe', count, keepPublished)
    .option('--published', 'also remove old published tags, except moving ones', false)
    .option(
      '--unknown-tags',
      'also remove staging and cache tags of unknown builds; use it only if no other store publishes there',
      false,
    )
    .option('--json', 'print it as JSON', false)
    .action((options: PruneOptions) =>
      choose(async (terminal) => (await import('./prune.ts')).prune(options, terminal)),
    );
}
