import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { LabPaths } from './home.ts';
import type { Journal } from './journal.ts';

/** One piece of the lab. `check` is quick and changes nothing; `start` makes it so, from whatever state it is in. */
export interface Part {
  readonly name: string;
  /** Names of the parts that must stand first. */
  readonly needs: readonly string[];
  /** Undefined when all is well, else what is wrong. */
  check(context: LabContext): Promise<string | undefined>;
  start(context: LabContext): Promise<void>;
}

export interface LabContext {
  readonly paths: LabPaths;
  readonly journal: Journal;
  readonly facts: Facts;
}

/** What parts found out or chose, kept from one run to the next. */
export interface FactValues {
  engineHost: string;
  engineStartedByLab: boolean;
  bridgeAddress: string;
  registryPort: number;
  gitPort: number;
  httpPort: number;
  gitServerVersion: string;
  nextflowSha256: string;
  vecoliMiniCommit: string;
  emulatorPort: number;
  awsStackVersion: string;
  /** What the stack puts out, by the names of settings. */
  awsSettings: Readonly<Record<string, string>>;
  /** Whether this lab has an AWS too. */
  aws: boolean;
}

export class Facts {
  readonly #file: string;
  readonly #values: Partial<FactValues>;

  constructor(file: string) {
    this.#file = file;
    this.#values = readJson(file) ?? {};
  }

  find<K extends keyof FactValues>(name: K): FactValues[K] | undefined {
    return this.#values[name];
  }

  get<K extends keyof FactValues>(name: K): FactValues[K] {
    const value = this.find(name);
    if (value === undefined) throw new Error(`the lab does not know its ${name} yet`);
    return value;
  }

  set<K extends keyof FactValues>(name: K, value: FactValues[K]): void {
    if (JSON.stringify(this.#values[name]) === JSON.stringify(value)) return;
    this.#values[name] = value;
    writeJson(this.#file, this.#values);
  }
}

export function readJson<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

/** Whole or not at all: readers in other processes never see half a file. */
export function writeJson(file: string, value: unknown): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(draft, file);
}
