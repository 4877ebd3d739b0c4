import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { type Route, requestPath, routeId } from './openapi.ts';
import { session } from './session.ts';
import { visible } from './text.ts';

/** The most characters of an answer that are shown, and that are read for it: a log has millions. */
const most = 20_000;
const readAtMost = 1_000_000;

interface Answer {
  readonly status: string;
  readonly text: string;
}

/** Sends a read as the session of this browser, and shows the answer as text. */
export function TryIt({ route }: { readonly route: Route }): JSX.Element {
  const given = useSignal<Readonly<Record<string, string>>>({});
  const answer = useSignal<Answer | undefined>(undefined);
  const sending = useSignal(false);
  const parameters = (route.operation.parameters ?? []).filter(({ in: place }) => place !== 'header');
  const id = routeId(route);
  if (session.value == null)
    return (
      <p class="quiet">
        <a href="/sign-in">Sign in</a> to try it here.
      </p>
    );

  const send = (): void => {
    sending.value = true;
    void ask(requestPath(route, given.value)).then((found) => {
      answer.value = found;
      sending.value = false;
    });
  };
  return (
    <form
      class="try"
      aria-label={`Try ${route.path}`}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <h3>Try it</h3>
      {parameters.map(({ name, required = false }) => (
        <label key={name} for={`${id}-${name}`}>
          {name}
          <input
            id={`${id}-${name}`}
            required={required}
            value={given.value[name] ?? ''}
            onInput={({ currentTarget }) => (given.value = { ...given.value, [name]: currentTarget.value })}
          />
        </label>
      ))}
      <div class="actions">
        <button type="submit" disabled={sending.value}>
          Send
        </button>
      </div>
      {answer.value === undefined ? null : (
        <div role="status">
          <p>
            <strong>{answer.value.status}</strong>{' '}
            <code class="quiet">GET {visible(requestPath(route, given.value))}</code>
          </p>
          <pre class="tail" tabIndex={0} role="region" aria-label="Answer">
            {answer.value.text}
          </pre>
        </div>
      )}
    </form>
  );
}

async function ask(path: string): Promise<Answer> {
  try {
    const response = await fetch(path, { headers: { accept: 'application/json, text/plain, image/svg+xml' } });
    const { text, whole } = await beginning(response);
    const isJson = whole && String(response.headers.get('content-type')).includes('json');
    const readable = isJson ? JSON.stringify(JSON.parse(text), null, 2) : text;
    const cut = !whole || readable.length > most ? '\n… cut: the answer is longer' : '';
    return {
      status: `${String(response.status)} ${response.statusText}`.trim(),
      text: visible(readable.slice(0, most)) + cut,
    };
  } catch (error) {
    return { status: 'No answer', text: String(error) };
  }
}

/** Reads about `readAtMost` characters of an answer, and lets go of the rest. */
async function beginning({ body }: Response): Promise<{ readonly text: string; readonly whole: boolean }> {
  if (body === null) return { text: '', whole: true };
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { text, whole: true };
    text += value;
    if (text.length > readAtMost) break;
  }
  await reader.cancel();
  return { text, whole: false };
}
