import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { EngineKind } from './engine-choice.ts';
import type { LabPaths } from './home.ts';
import type { Journal } from './journal.ts';

/** One component of the lab. `check` is quick and changes nothing; `start` brings it up from any state. */
export interface Part {
  readonly name: string;
  /** Names of the parts that must be up first. */
  readonly needs: readonly string[];
  /** Undefined when it is healthy, otherwise the problem. */
  check(context: LabContext): Promise<string | undefined>;
  start(context: LabContext): Promise<void>;
}

export interface LabContext {
  readonly paths: LabPaths;
  readonly journal: Journal;
  readonly facts: Facts;
  /** What to start where no engine runs. */
  readonly wantedEngine: EngineKind;
}

/** Values that parts detected or chose, kept between runs. */
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
  /** The outputs of the stack, by the names of settings. */
  awsSettings: Readonly<Record<string, string>>;
  /** Whether this lab includes AWS. */
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

/** Atomic: readers in other processes never see a partial file. */
export function writeJson(file: string, value: unknown): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(draft, file);
}
