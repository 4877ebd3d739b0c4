import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { type ApiError, asApiError, call } from './api.ts';
import { type ApiDocument, canBeTried, type Operation, type Route, routeId, routesByTag, scopeOf } from './openapi.ts';
import { address } from './router.ts';
import { SchemaView } from './schema-view.tsx';
import { findSession, session } from './session.ts';
import { TryIt } from './try-it.tsx';
import { ErrorNote, Prose } from './ui.tsx';

/** The reference of the API, from its own description. Needs no session, except to try something. */
export function DocsPage(): JSX.Element {
  const document = useSignal<ApiDocument | undefined>(undefined);
  const error = useSignal<ApiError | undefined>(undefined);
  useEffect(() => {
    if (session.value === undefined) void findSession();
    call<ApiDocument>('/openapi.json').then(
      (read) => (document.value = read),
      (thrown: unknown) => (error.value = asApiError(thrown)),
    );
  }, []);
  const read = document.value;
  return (
    <main id="main" class="reference">
      <div class="head">
        <h1>The HTTP API{read === undefined ? null : ` ${read.info.version}`}</h1>
        <a class="button" href="/openapi.json" data-outside>
          openapi.json
        </a>
      </div>
      {read?.info.description === undefined ? null : <p>{read.info.description}</p>}
      {error.value === undefined ? null : <ErrorNote error={error.value} />}
      {read === undefined ? (
        error.value === undefined ? (
          <div class="card ghost tall" aria-busy="true" />
        ) : null
      ) : (
        [...routesByTag(read)].map(([tag, routes]) => (
          <section key={tag} class="card" aria-labelledby={`tag-${tag}`}>
            <h2 id={`tag-${tag}`}>{tag}</h2>
            {routes.map((route) => (
              <RouteEntry key={routeId(route)} route={route} document={read} />
            ))}
          </section>
        ))
      )}
    </main>
  );
}

interface RouteProps {
  readonly route: Route;
  readonly document: ApiDocument;
}

/** Closed until it is chosen, by hand or in the address: its content is made then. */
function RouteEntry({ route, document }: RouteProps): JSX.Element {
  const id = routeId(route);
  const named = address.value.hash === `#${id}`;
  const open = useSignal(named);
  useEffect(() => {
    if (!named) return;
    open.value = true;
    globalThis.document.getElementById(id)?.scrollIntoView();
  }, [named]);
  const { method, path, operation } = route;
  return (
    <details
      class="route"
      id={id}
      open={open.value}
      onToggle={({ currentTarget }) => (open.value = currentTarget.open)}
    >
      <summary>
        <span class={`method method-${method}`}>{method.toUpperCase()}</span> <code>{path}</code>{' '}
        <span class="quiet">
          <Prose text={operation.summary ?? ''} />
        </span>
      </summary>
      {open.value ? <RouteContent route={route} document={document} /> : null}
    </details>
  );
}

function RouteContent({ route, document }: RouteProps): JSX.Element {
  const { operation } = route;
  const scope = scopeOf(operation);
  const body = Object.values(operation.requestBody?.content ?? {})[0]?.schema;
  return (
    <div class="route-content">
      <p class="quiet">
        {scope === undefined ? 'Needs no token.' : `Needs a token or a session of scope ${scope}.`}{' '}
        <a href={`/docs#${routeId(route)}`}>Link to this operation</a>
      </p>
      <Parameters operation={operation} document={document} />
      {body === undefined ? null : (
        <>
          <h3>Request body</h3>
          <SchemaView schema={body} document={document} />
        </>
      )}
      <h3>Responses</h3>
      {Object.entries(operation.responses ?? {}).map(([status, { content = {} }]) => (
        <div key={status}>
          <p>
            <strong>{status === 'default' ? 'Any error' : status}</strong>{' '}
            <span class="quiet">{Object.keys(content).join(', ')}</span>
          </p>
          {Object.values(content)
            .slice(0, 1)
            .map(({ schema }) =>
              schema === undefined ? null : <SchemaView key={status} schema={schema} document={document} />,
            )}
        </div>
      ))}
      {canBeTried(route) ? <TryIt route={route} /> : null}
    </div>
  );
}

interface ParametersProps {
  readonly operation: Operation;
  readonly document: ApiDocument;
}

function Parameters({ operation, document }: ParametersProps): JSX.Element | null {
  const { parameters = [] } = operation;
  if (parameters.length === 0) return null;
  return (
    <>
      <h3>Parameters</h3>
      <ul class="properties">
        {parameters.map(({ name, in: place, required, description, schema = {} }) => (
          <li key={place + name}>
            <code>{name}</code>{' '}
            <span class="quiet">
              {place}
              {required === true ? ', required' : ''}
            </span>{' '}
            <SchemaView schema={{ ...(description !== undefined && { description }), ...schema }} document={document} />
          </li>
        ))}
      </ul>
    </>
  );
}
