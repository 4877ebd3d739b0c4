import pg from 'pg';

const interval = 25;

export interface SeenLease {
  readonly epoch: number;
  readonly owner: string;
  /** When it was first seen, in milliseconds since the Unix epoch. */
  readonly at: number;
}

/** Polls the lease of a PostgreSQL store continuously, and records its changes. */
export class LeaseWatch {
  /** Each observed holder, in order. */
  readonly holders: SeenLease[] = [];
  /** Violations: an epoch that decreased, or that two owners had. */
  readonly faults: string[] = [];
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;

  constructor(database: string) {
    this.#watching = this.#watch(database);
  }

  /** The latest holder. */
  get holder(): SeenLease | undefined {
    return this.holders.at(-1);
  }

  /** Process id of the latest holder, from the owner's name (`host:pid:random`). */
  get pid(): number | undefined {
    const pid = this.holder?.owner.split(':').at(-2);
    return pid === undefined ? undefined : Number(pid);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #watch(database: string): Promise<void> {
    const client = new pg.Client(database);
    await client.connect();
    try {
      while (!this.#stop.signal.aborted) {
        this.#see(await leaseRow(client));
        await new Promise((resolve) => setTimeout(resolve, interval));
      }
    } finally {
      await client.end();
    }
  }

  #see(row: LeaseRow | undefined): void {
    const before = this.holder;
    if (row === undefined || row.owner === '') return;
    if (row.epoch === before?.epoch && row.owner === before.owner) return;
    if (before !== undefined && row.epoch <= before.epoch)
      this.faults.push(`${before.owner} had epoch ${before.epoch}, then ${row.owner} epoch ${row.epoch}`);
    this.holders.push({ ...row, at: Date.now() });
  }
}

interface LeaseRow {
  readonly owner: string;
  readonly epoch: number;
}

/** Undefined while there is no lease, or no table for it yet. */
async function leaseRow(client: pg.Client): Promise<LeaseRow | undefined> {
  const undefinedTable = '42P01';
  try {
    const { rows } = await client.query<LeaseRow>('select owner, epoch::int from leases');
    return rows[0];
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === undefinedTable) return undefined;
    throw error;
  }
}
