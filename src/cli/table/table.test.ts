import { expect, it } from 'vitest';
import { type CommandEntry, longFlag, type OptionEntry } from './entry.ts';
import { createParser } from './parser.ts';
import { runs } from './runs.ts';
import { commandTable, globalOptions } from './table.ts';

const commands = Object.entries(commandTable).flatMap(([name, entry]): readonly (readonly [string, CommandEntry])[] =>
  'commands' in entry
    ? Object.entries<CommandEntry>(entry.commands).map(([below, each]) => [`${name} ${below}`, each])
    : [[name, entry]],
);
const options = commands.flatMap(([path, entry]) =>
  Object.entries(entry.options ?? {}).map(([key, option]): [string, OptionEntry] => [
    `${path} ${longFlag(key)}`,
    option,
  ]),
);

/** Whether the command line is accepted. */
function accepts(...words: readonly string[]): boolean {
  let isChosen = false;
  const choose = (): void => {
    isChosen = true;
  };
  const output = { writeErr: (): void => undefined };
  const program = createParser({ commands: commandTable, runs, globalOptions, version: '1', output, choose });
  try {
    program.parse(words, { from: 'user' });
  } catch {
    return false;
  }
  return isChosen;
}

it.each(options.filter(([, { default: standard }]) => standard !== undefined))(
  'has a default that the option itself accepts: %s',
  (_, { default: standard, parse, choices }) => {
    if (parse !== undefined) expect(parse(String(standard))).toBe(standard);
    else if (choices !== undefined) expect(choices).toContain(standard);
    else expect(standard).toBeTypeOf('string');
  },
);

it('names no option twice in one command line', () => {
  for (const [path, { options: own = {} }] of commands) {
    const keys = [...Object.keys(own), ...Object.keys(globalOptions), 'help', 'version'];
    expect(
      keys.filter((key, at) => keys.indexOf(key) !== at),
      path,
    ).toEqual([]);
  }
});

it.each(commands.flatMap(([path, { examples = [] }]) => examples.map(([line]) => [line, path])))(
  'has an example that its command accepts: %s',
  (line, path) => {
    expect(line).toMatch(new RegExp(`^twinhull ${path}\\b`));
    expect(
      accepts(
        ...line
          .replace(/ [|>].*$/, '')
          .split(' ')
          .slice(1),
      ),
    ).toBe(true);
  },
);

it.each([
  ['--keep-seconds', '0', true],
  ['--keep-seconds', '2147483647', true],
  ['--keep-seconds', '2147483648', false],
  ['--keep-seconds', '-1', false],
  ['--keep-seconds', '1.5', false],
  ['--env', 'USER=me', true],
  ['--env', 'EMPTY=', true],
  ['--env', 'A=b=c', true],
  ['--env', 'USER', false],
  ['--env', '1A=b', false],
  ['--env', '=b', false],
  ['--head', 'nextflow', true],
  ['--head', 'vecoli', true],
  ['--head', 'snakemake', false],
])('accepts or refuses %s %s of manifest k8s: %s', (option, value, expected) => {
  expect(accepts('manifest', 'k8s', option, value)).toBe(expected);
});

it.each(['init', 'doctor', 'reconcile', 'prune', 'serve', 'token list'])('refuses --server with %s', (path) => {
  expect(accepts(...path.split(' '), '--server', 'http://localhost')).toBe(false);
  expect(accepts(...path.split(' '))).toBe(true);
});
