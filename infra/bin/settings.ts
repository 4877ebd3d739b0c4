// Prints a settings file for Twinhull: `npm run --silent settings > ~/.config/twinhull/settings.env`.
import { readFileSync } from 'node:fs';
import { reasonOf, TwinhullError } from '../../src/domain/errors/twinhull-error.ts';
import { outputsFile } from '../src/deploy-command.ts';
import { settingsText } from '../src/settings-text.ts';

const [file = outputsFile, stackName] = process.argv.slice(2);

try {
  process.stdout.write(settingsText(readFileSync(file, 'utf8'), stackName));
} catch (error) {
  const hint = TwinhullError.is(error) ? error.hint : 'deploy first: npm run deploy';
  process.stderr.write(`${reasonOf(error)}\n  ${hint}\n`);
  process.exitCode = 2;
}
