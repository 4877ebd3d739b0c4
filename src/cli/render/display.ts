import picocolors from 'picocolors';

type Style = (text: string) => string;

/** The capabilities of the output: passed to every renderer, so that each is a pure function. */
export interface Display {
  readonly columns: number;
  readonly rows: number;
  readonly colours: Colours;
  readonly symbols: Symbols;
}

/** Styles of text; without colours each returns its text unchanged. */
export interface Colours {
  readonly enabled: boolean;
  readonly bold: Style;
  readonly dim: Style;
  readonly red: Style;
  readonly green: Style;
  readonly yellow: Style;
  readonly cyan: Style;
  readonly magenta: Style;
}

/** Unicode where the terminal shows it, else ASCII. */
export interface Symbols {
  readonly done: string;
  readonly failed: string;
  readonly warning: string;
  readonly active: string;
  readonly waiting: string;
  readonly stopped: string;
  readonly gutter: string;
  readonly dot: string;
  readonly arrow: string;
  readonly ellipsis: string;
  readonly bar: string;
  readonly openBar: string;
  readonly branch: string;
  readonly lastBranch: string;
}

const unicodeSymbols: Symbols = {
  done: '✓',
  failed: '✗',
  warning: '!',
  active: '▸',
  waiting: '·',
  stopped: '■',
  gutter: '│',
  dot: '·',
  arrow: '→',
  ellipsis: '…',
  bar: '█',
  openBar: '▒',
  branch: '├─',
  lastBranch: '└─',
};

const asciiSymbols: Symbols = {
  done: '+',
  failed: 'x',
  warning: '!',
  active: '>',
  waiting: '.',
  stopped: '#',
  gutter: '|',
  dot: '-',
  arrow: '->',
  ellipsis: '~',
  bar: '#',
  openBar: '=',
  branch: '|-',
  lastBranch: '`-',
};

/** Overrides what was detected, for tests. */
export interface DisplayOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly colour?: boolean;
  readonly unicode?: boolean;
}

/** @default 80 columns, 24 rows, no colour, Unicode */
export function makeDisplay({ columns = 80, rows = 24, colour = false, unicode = true }: DisplayOptions = {}): Display {
  return { columns, rows, colours: coloursOf(colour), symbols: unicode ? unicodeSymbols : asciiSymbols };
}

function coloursOf(enabled: boolean): Colours {
  const { bold, dim, red, green, yellow, cyan, magenta } = picocolors.createColors(enabled);
  return { enabled, bold, dim, red, green, yellow, cyan, magenta };
}

/** The properties of a writable stream that are read; `process.stdout` and `process.stderr` have them. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

/** What the stream can show: size, colours and symbols. Honours NO_COLOR. */
export function displayOf(stream: Screen, environment: NodeJS.ProcessEnv = process.env): Display {
  return makeDisplay({
    columns: atLeastOne(stream.columns) ?? atLeastOne(Number(environment['COLUMNS'])) ?? 80,
    rows: atLeastOne(stream.rows) ?? 24,
    colour: wantsColour(stream, environment),
    unicode: showsUnicode(environment),
  });
}

/** Some terminals report 0 columns when they do not know the width. */
function atLeastOne(count: number | undefined): number | undefined {
  return count !== undefined && count >= 1 ? count : undefined;
}

/** https://no-color.org, https://force-color.org: each counts when it is set and not empty; `NO_COLOR` wins. */
function wantsColour(stream: Screen, { NO_COLOR: no, FORCE_COLOR: force, TERM: term }: NodeJS.ProcessEnv): boolean {
  if (no) return false;
  if (force) return force !== '0' && force !== 'false';
  return stream.isTTY === true && term !== 'dumb';
}

function showsUnicode({ LC_ALL: all, LC_CTYPE: type, LANG: language, TERM: term }: NodeJS.ProcessEnv): boolean {
  if (term === 'linux' || term === 'dumb') return false;
  return /utf-?8/i.test(all || type || language || '');
}
