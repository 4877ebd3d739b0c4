import type { LogEvent } from 'kysely';

/** Statements that only begin or end a transaction, which costs a database little. */
const bracket = /^\s*(?:begin|start transaction|commit|rollback|set|savepoint|release)\b/i;

/** Reports the statements that all connections of a store run. */
export class QueryWatch {
  #listener: () => void = () => undefined;

  /** For the configuration of Kysely. */
  readonly log = ({ query }: LogEvent): void => {
    if (!bracket.test(query.sql)) this.#listener();
  };

  /** @param listener is called after each statement, in place of an earlier listener */
  readonly listen = (listener: () => void): void => {
    this.#listener = listener;
  };
}
