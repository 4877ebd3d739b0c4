import { expect, it } from 'vitest';
import { trackedFiles } from './tracked-files.ts';

/** Words that personify a program, or that the field does not use. Each has a plain term: see docs/architecture.md, Words. */
const droppedWords = [
  ...['told', 'tells', 'hears', 'heard', 'whoever', 'nobody', 'somebody', 'anew', 'besides', 'befalls'],
  ...['stands', 'says', 'in vain', 'has no time', 'throws away', 'of its own accord'],
];

const roots = [
  '.ci',
  '.github',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'README.md',
  'SECURITY.md',
  'bench',
  'deploy',
  'docs',
];
const folders = [...roots, 'examples', 'infra', 'lab', 'schema', 'scripts', 'src', 'test', 'web'];
const kinds = /\.(?:ts|tsx|mjs|js|json|md|sh|ya?ml|env|py|css|html)$|Dockerfile$/;
const files = trackedFiles(...folders).filter(({ name }) => kinds.test(name));

/** Lines where a dropped word is right, each with the reason. */
const allowed: readonly { readonly file: string; readonly line: RegExp; readonly why: string }[] = [
  { file: 'scripts/language.test.ts', line: /./, why: 'lists the words' },
  ...[
    'docs/settings.md',
    'src/settings/setting-catalogue.ts',
    'src/settings/settings.ts',
    'test/e2e/serve-sqs-outage.test.ts',
  ].map((file) => ({
    file,
    line: /TWINHULL_HEARD_INTERVAL_SECONDS/,
    why: 'users know the setting by this name',
  })),
];

/** `told` also finds `toldByTool` and `isTold`; `says` does not find `essays`. */
const dropped = new RegExp(
  droppedWords
    .flatMap((word) => [
      String.raw`(?<![A-Za-z])${anyCase(word)}(?![a-z])`,
      String.raw`(?<=[a-z])${word.charAt(0).toUpperCase()}${word.slice(1)}(?![a-z])`,
    ])
    .join('|'),
);

function anyCase(word: string): string {
  return word.replace(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

it('is the language of the field: no dropped word is in code, messages or docs', () => {
  const found = files.flatMap(({ name, text }) =>
    text
      .split('\n')
      .flatMap((line, at) =>
        dropped.test(line) && !isAllowed(name, line) ? [`${name}:${String(at + 1)}: ${line.trim()}`] : [],
      ),
  );
  expect(found).toEqual([]);
});

it('has no exception that is not needed', () => {
  const needed = ({ file, line }: (typeof allowed)[number]): boolean =>
    files.some(
      ({ name, text }) => name === file && text.split('\n').some((each) => dropped.test(each) && line.test(each)),
    );
  expect(allowed.filter((exception) => !needed(exception))).toEqual([]);
});

function isAllowed(file: string, line: string): boolean {
  return allowed.some((exception) => exception.file === file && exception.line.test(line));
}
