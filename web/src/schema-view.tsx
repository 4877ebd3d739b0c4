import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { type ApiDocument, resolved, type Schema, schemaName, typeText } from './openapi.ts';
import { Prose } from './ui.tsx';

interface SchemaProps {
  readonly schema: Schema;
  readonly document: ApiDocument;
}

/** A value in words, and what is in it when asked for. */
export function SchemaView({ schema, document }: SchemaProps): JSX.Element {
  const { description, default: usual, pattern, minimum, maximum } = schema;
  return (
    <div class="schema">
      <span class="schema-type">{typeText(schema)}</span>
      {minimum === undefined && maximum === undefined ? null : (
        <span class="quiet">{` ${rangeText(minimum, maximum)}`}</span>
      )}
      {usual === undefined ? null : <span class="quiet">{` default ${JSON.stringify(usual)}`}</span>}
      {description === undefined ? null : (
        <span class="quiet">
          {' '}
          <Prose text={description} />
        </span>
      )}
      {pattern === undefined ? null : (
        <>
          {' '}
          <code class="quiet">{pattern}</code>
        </>
      )}
      {inside(schema).map((part, at) => (
        <Inside key={at} schema={part} document={document} />
      ))}
    </div>
  );
}

/** Integers are documented with the limits of the language, which say nothing. */
function rangeText(minimum = -Infinity, maximum = Infinity): string {
  const [from, to] = [minimum > Number.MIN_SAFE_INTEGER, maximum < Number.MAX_SAFE_INTEGER];
  if (from && to) return `${String(minimum)} to ${String(maximum)}`;
  if (from) return `at least ${String(minimum)}`;
  return to ? `at most ${String(maximum)}` : '';
}

/** The parts of a schema that have properties. */
function inside(schema: Schema): readonly Schema[] {
  if (schema.properties !== undefined || schemaName(schema) !== undefined) return [schema];
  if (schema.items !== undefined) return inside(schema.items);
  return (schema.anyOf ?? schema.oneOf ?? []).flatMap(inside);
}

/** Made when it is opened: schemas refer to each other. */
function Inside({ schema, document }: SchemaProps): JSX.Element {
  const open = useSignal(false);
  return (
    <details class="schema-inside" onToggle={({ currentTarget }) => (open.value = currentTarget.open)}>
      <summary>{schemaName(schema) ?? 'properties'}</summary>
      {open.value ? <Properties schema={resolved(schema, document)} document={document} /> : null}
    </details>
  );
}

function Properties({ schema, document }: SchemaProps): JSX.Element {
  const { properties, required = [] } = schema;
  if (properties === undefined) return <p>{typeText({ ...schema, $ref: undefined })}</p>;
  return (
    <ul class="properties">
      {Object.entries(properties).map(([key, value]) => (
        <li key={key}>
          <code>{key}</code>
          {required.includes(key) ? null : <span class="quiet"> optional</span>}{' '}
          <SchemaView schema={value} document={document} />
        </li>
      ))}
    </ul>
  );
}
