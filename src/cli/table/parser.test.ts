import { CommanderError } from 'commander';
import { expect, expectTypeOf, it } from 'vitest';
import { environmentVariable, wholeNumber } from '../option-values.ts';
import type { Terminal } from '../terminal.ts';
import type { ArgumentOf, CommandEntries, OptionsOf } from './entry.ts';
import { createParser, type Run } from './parser.ts';

const example = {
  paint: {
    summary: 'paint a wall',
    argument: { name: 'wall', summary: 'id of the wall', required: true },
    options: {
      colour: { value: 'colour', summary: 'colour of it', choices: ['red', 'blue'], required: true },
      rooms: { value: 'room', summary: 'only these', choices: ['hall', 'attic'], several: true },
      coats: { value: 'number', summary: 'coats', parse: wholeNumber, default: 2, short: 'n' },
      env: { value: 'name=value', summary: 'variable', parse: environmentVariable },
      brushSize: { value: 'size', summary: 'brush', otherwise: 'that of the wall' },
      dry: { summary: 'wait until it is dry' },
      wet: { summary: 'do not wait', conflicts: 'dry' },
    },
  },
  shed: {
    summary: 'what is in the shed',
    isLocal: true,
    commands: { open: { summary: 'open it', argument: { name: 'key', summary: 'key', otherwise: 'the spare one' } } },
  },
} as const satisfies CommandEntries;

type Paint = OptionsOf<(typeof example)['paint']>;

/** What the parser chose, or the error that it printed. */
function parse(...words: readonly string[]): unknown {
  let chosen: Run | undefined;
  let printed = '';
  let called: unknown;
  const run = async (call: unknown): Promise<number> => {
    called = call;
    return 0;
  };
  const output = {
    writeErr: (text: string) => void (printed += text),
    writeOut: (text: string) => void (printed += text),
  };
  const program = createParser({
    commands: example,
    output,
    runs: { paint: run, shed: { open: run } },
    globalOptions: { server: { value: 'url', summary: 'a service' } },
    version: '1',
    choose: (command) => {
      chosen = command;
    },
  });
  try {
    program.parse(words, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return printed;
  }
  void chosen?.({} as Terminal);
  return called;
}

it('infers the types of options and arguments from the table', () => {
  expectTypeOf<Paint['colour']>().toEqualTypeOf<'red' | 'blue'>();
  expectTypeOf<Paint['rooms']>().toEqualTypeOf<readonly ('hall' | 'attic')[] | undefined>();
  expectTypeOf<Paint['coats']>().toEqualTypeOf<number>();
  expectTypeOf<Paint['env']>().toEqualTypeOf<Readonly<Record<string, string>> | undefined>();
  expectTypeOf<Paint['brushSize']>().toEqualTypeOf<string | undefined>();
  expectTypeOf<Paint['dry']>().toEqualTypeOf<boolean>();
  expectTypeOf<Paint['wet']>().toEqualTypeOf<boolean | undefined>();
  expectTypeOf<ArgumentOf<(typeof example)['paint']>>().toEqualTypeOf<string>();
  expectTypeOf<ArgumentOf<(typeof example)['shed']['commands']['open']>>().toEqualTypeOf<string | undefined>();
  const values: Paint = { colour: 'red', coats: 1, dry: false };
  expect(values).toEqual({ colour: 'red', coats: 1, dry: false });
});

it('gives defaults to options that are omitted', () => {
  expect(parse('paint', 'w1', '--colour', 'red')).toEqual({
    argument: 'w1',
    options: { colour: 'red', coats: 2, dry: false },
    terminal: {},
  });
});

it('parses every kind of option', () => {
  const words = '--colour blue --rooms hall attic -n 3 --env A=1 --env B=2 --brush-size wide --dry'.split(' ');
  expect(parse('paint', 'w1', ...words)).toMatchObject({
    options: {
      colour: 'blue',
      rooms: ['hall', 'attic'],
      coats: 3,
      env: { A: '1', B: '2' },
      brushSize: 'wide',
      dry: true,
    },
  });
});

it.each([
  ['a missing argument', ['paint', '--colour', 'red'], /missing required argument 'wall'/],
  ['a missing option', ['paint', 'w1'], /required option '--colour <colour>' not specified/],
  ['a wrong choice', ['paint', 'w1', '--colour', 'green'], /Allowed choices are red, blue/],
  ['a wrong value', ['paint', 'w1', '--colour', 'red', '-n', 'x'], /whole number above 0/],
  ['options that conflict', ['paint', 'w1', '--colour', 'red', '--wet', '--dry'], /cannot be used with option '--dry'/],
  ['an unknown option', ['shed', 'open', '--brush'], /unknown option '--brush'\n\(see twinhull shed open --help\)/],
  ['an unknown command', ['shed', 'shut'], /unknown command 'shut'/],
  ['too many arguments', ['shed', 'open', 'a', 'b'], /Expected 1 argument but got 2/],
])('refuses %s', (_, words, message) => {
  expect(parse(...words)).toMatch(message);
});

it('takes an optional argument in a group, and no service if it is local', () => {
  expect(parse('shed', 'open')).toMatchObject({ argument: undefined });
  expect(parse('shed', 'open', 'k')).toMatchObject({ argument: 'k' });
  expect(() => parse('shed', 'open', '--server', 'http://x')).toThrow(/twinhull shed works only on this machine/);
  expect(parse('--server', 'http://x', 'paint', 'w1', '--colour', 'red')).toMatchObject({ argument: 'w1' });
});

it('describes options with what applies if they are omitted', () => {
  expect(parse('paint', '--help')).toContain(`Options:
  --colour <colour>     colour of it (choices: "red", "blue")
  --rooms <room...>     only these (choices: "hall", "attic")
  -n, --coats <number>  coats (default: 2)
  --env <name=value>    variable
  --brush-size <size>   brush (default: that of the wall)
  --dry                 wait until it is dry (default: false)
  --wet                 do not wait
`);
  expect(parse('shed', 'open', '--help')).toContain('key (default: the spare one)');
});
