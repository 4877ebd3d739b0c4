import type { StoredToken } from '../../ports/token-store.ts';
import type { Display } from './display.ts';
import { renderTable } from './table.ts';

/** One line per token; empty without tokens. */
export function renderTokens(tokens: readonly StoredToken[], { columns: width }: Display): string {
  const columns = [
    { title: 'ID' },
    { title: 'NAME', shrinks: true },
    { title: 'SCOPE' },
    { title: 'MADE' },
    { title: 'REVOKED' },
  ];
  const day = (at: number | undefined): string => (at === undefined ? '' : new Date(at).toISOString().slice(0, 10));
  const rows = tokens.map(({ id, name, scope, createdAt, revokedAt }) => [
    id,
    name,
    scope,
    day(createdAt),
    day(revokedAt),
  ]);
  return renderTable(columns, rows, width);
}
