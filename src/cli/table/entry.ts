/** An option of a command. Its key in the table is its name in camel case: `ifBusy` is `--if-busy`. */
export interface OptionEntry {
  readonly summary: string;
  /** The value's name in help, such as `url`. An option without one is a switch: false unless it is given. */
  readonly value?: string;
  /** One letter: `c` is `-c`. */
  readonly short?: string;
  /** The accepted values. */
  readonly choices?: readonly string[];
  /** Whether the option takes several of its choices at once. */
  readonly several?: true;
  /**
   * Parses a value; `earlier` is what it returned for the option before, if a command line repeats it.
   *
   * @throws InvalidArgumentError of commander
   */
  readonly parse?: (text: string, earlier?: never) => unknown;
  /** The value without the option. Help shows it. */
  readonly default?: string | number;
  readonly required?: true;
  /** What applies without the option if it has no fixed default, such as the name of a setting. Help shows it. */
  readonly otherwise?: string;
  /** The key of a switch that cannot be combined with this switch, which is undefined unless it is given. */
  readonly conflicts?: string;
  /** Whether the value is the path of a file: shells complete it. */
  readonly isFile?: true;
}

/** The positional argument of a command. */
export interface ArgumentEntry {
  readonly name: string;
  readonly summary: string;
  /** The accepted values. */
  readonly choices?: readonly string[];
  readonly required?: true;
  /** What applies without the argument. Help shows it. */
  readonly otherwise?: string;
}

/** A command. What runs it is in `runs.ts`. */
export interface CommandEntry {
  readonly summary: string;
  readonly argument?: ArgumentEntry;
  readonly options?: Readonly<Record<string, OptionEntry>>;
  /** Whether it always runs on this machine, with its store, its engine and its files: `--server` is refused. */
  readonly isLocal?: true;
  /** Command lines with what each does, for the reference in docs/commands.md. */
  readonly examples?: readonly (readonly [line: string, meaning: string])[];
}

/** A command that only has commands below it, such as `twinhull token`. */
export interface GroupEntry {
  readonly summary: string;
  readonly isLocal?: true;
  readonly commands: Readonly<Record<string, CommandEntry>>;
}

/** By the name of each command. */
export type CommandEntries = Readonly<Record<string, CommandEntry | GroupEntry>>;

type ValueOf<O> = O extends { parse: (...parameters: never) => infer T }
  ? T
  : O extends { choices: readonly (infer C)[] }
    ? O extends { several: true }
      ? readonly C[]
      : C
    : O extends { value: string }
      ? string
      : boolean;

/** The keys of options that always have a value: switches, and options that are required or have a default. */
type SetKeys<O> = {
  [K in keyof O]: O[K] extends { required: true } | { default: unknown }
    ? K
    : O[K] extends { value: string } | { conflicts: string }
      ? never
      : K;
}[keyof O];

/** The parsed options of a command, by its entry in the table. */
export type OptionsOf<E> = E extends { options: infer O }
  ? { readonly [K in SetKeys<O>]: ValueOf<O[K]> } & {
      readonly [K in Exclude<keyof O, SetKeys<O>>]?: ValueOf<O[K]> | undefined;
    }
  : object;

/** The parsed argument of a command, by its entry in the table. */
export type ArgumentOf<E> = E extends { argument: infer A }
  ? (A extends { choices: readonly (infer C)[] } ? C : string) | (A extends { required: true } ? never : undefined)
  : undefined;

/** `ifBusy` is `--if-busy`. */
export function longFlag(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The summary as help shows it: with what applies where the option or argument is omitted. */
export function describe({ summary, otherwise }: OptionEntry | ArgumentEntry): string {
  return otherwise === undefined ? summary : `${summary} (default: ${otherwise})`;
}
