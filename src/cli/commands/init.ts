import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { initRecipe } from '../../adapters/recipe-file/init-recipe.ts';
import { reasonOf, TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { safeLine } from '../render/safe-text.ts';
import type { CommandOptions } from '../table/table.ts';
import { type Terminal, write } from '../terminal.ts';

export async function init(options: CommandOptions<'init'>, { cwd, stdout, stderr }: Terminal): Promise<ExitCode> {
  const { text, notes } = await initRecipe(cwd);
  const report = notes.map((note) => `  ${safeLine(note)}\n`).join('');
  if (options.stdout) {
    await write(stdout, text);
    await write(stderr, report);
    return exitCodes.success;
  }
  const file = path.resolve(cwd, options.output);
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    throw new TwinhullError('ArgumentInvalid', `the recipe ${options.output} cannot be written: ${reasonOf(error)}`, {
      hint: 'name another file with --output, or print it with --stdout',
    });
  }
  await write(stderr, `wrote ${options.output}\n${report}show the resulting jobs with: twinhull plan\n`);
  return exitCodes.success;
}
