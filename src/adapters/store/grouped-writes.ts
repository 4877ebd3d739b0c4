import { type Kysely, sql, type Transaction } from 'kysely';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import type { Transact } from './delete-build.ts';
import type { Tables } from './schema.ts';

type Tx = Transaction<Tables>;

/** The most writes of one commit: writers of other processes wait for them. */
const mostTogether = 32;

/** How long a write waits for its commit to begin, in milliseconds. */
const longestWait = 10_000;

interface Waiting {
  readonly work: (tx: Tx) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly late: NodeJS.Timeout;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/**
 * Commits the writes that wait in this process together: one lock and one commit for all, in the order of their calls.
 * Each has a savepoint, so that a refused one leaves the others as they are; no caller has its result before the commit.
 */
export class GroupedWrites {
  readonly #db: Kysely<Tables>;
  readonly #waiting = new Set<Waiting>();
  #isRunning = false;

  constructor(db: Kysely<Tables>) {
    this.#db = db;
  }

  readonly transact: Transact = async <T>(work: (tx: Tx) => Promise<T>): Promise<T> => {
    const result = new Promise<unknown>((resolve, reject) => {
      const late = setTimeout(() => {
        this.#waiting.delete(waiting);
        const seconds = String(longestWait / 1000);
        reject(new TwinhullError('StoreUnavailable', `a write waited longer than ${seconds} s`));
      }, longestWait);
      const waiting = { work, resolve, reject, late };
      this.#waiting.add(waiting);
    });
    if (!this.#isRunning) void this.#run();
    return (await result) as T;
  };

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.size > 0) {
      const group = [...this.#waiting].slice(0, mostTogether);
      for (const each of group) {
        this.#waiting.delete(each);
        clearTimeout(each.late);
      }
      await this.#commit(group);
    }
    this.#isRunning = false;
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    try {
      const outcomes = await this.#db.transaction().execute((tx) => outcomesOf(tx, group));
      for (const [nth, { resolve, reject }] of group.entries()) {
        const outcome = outcomes[nth];
        if (outcome !== undefined && 'value' in outcome) resolve(outcome.value);
        else reject(outcome?.error);
      }
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
  }
}

async function outcomesOf(tx: Tx, group: readonly Waiting[]): Promise<readonly Outcome[]> {
  const [first] = group;
  if (group.length === 1 && first !== undefined) return [{ value: await first.work(tx) }];
  const outcomes: Outcome[] = [];
  let savepoint = 'savepoint a_write';
  for (const { work } of group) {
    if (savepoint !== '') await sql.raw(savepoint).execute(tx);
    try {
      outcomes.push({ value: await work(tx) });
      savepoint = 'release savepoint a_write; savepoint a_write';
    } catch (error) {
      outcomes.push({ error });
      // Fails where the connection is lost: then no write of the group is stored.
      await sql.raw('rollback to savepoint a_write').execute(tx);
      savepoint = '';
    }
  }
  return outcomes;
}
