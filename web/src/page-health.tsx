import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { type ApiError, asApiError, type Diagnosis, type Health } from './api.ts';
import { usePolled } from './polled.ts';
import { mayDiagnose, request } from './session.ts';
import { duration } from './text.ts';
import { Age, ErrorNote, Icon, Prose, StateBadge } from './ui.tsx';

/** The service checks its backend at most every 15 seconds. In milliseconds. */
const pause = 15_000;

export function HealthPage(): JSX.Element {
  const { value: health, error } = usePolled<Health>('/v1/health', pause);
  return (
    <main id="main" class="narrow">
      <h1>Health</h1>
      {error === undefined ? null : <ErrorNote error={error} />}
      {health === undefined ? <div class="card ghost tall" aria-busy="true" /> : <Findings health={health} />}
    </main>
  );
}

function Findings({ health }: { readonly health: Health }): JSX.Element {
  const { backend, driver, passes, store, builds, version, node, lastEvent, at } = health;
  return (
    <>
      <section class="card" aria-labelledby="health-backend">
        <h2 id="health-backend">Backend</h2>
        <ul class="findings">
          {backend.map(({ platform, problem }) => (
            <li key={platform}>
              {problem === null ? (
                <Finding good text={`Jobs of ${platform} can start`} />
              ) : (
                <>
                  <Finding good={false} text={`Jobs of ${platform} cannot start: ${problem.message}`} />
                  <p class="quiet">
                    <Prose text={problem.hint} /> <code>{problem.code}</code>
                  </p>
                </>
              )}
            </li>
          ))}
        </ul>
      </section>
      <section class="card" aria-labelledby="health-driver">
        <h2 id="health-driver">Driver</h2>
        {driver === null ? (
          <Finding good={false} text="No process drives the builds: they wait until one takes the lease" />
        ) : (
          <Finding good text={`${driver.host} drives the builds`} />
        )}
        {passes === null ? null : <PassFacts passes={passes} />}
      </section>
      <section class="card" aria-labelledby="health-builds">
        <h2 id="health-builds">Builds</h2>
        <ul class="chips">
          {builds.map(({ state, count }) => (
            <li key={state}>
              <a href={`/?state=${state}`}>
                <StateBadge state={state} /> {count}
              </a>
            </li>
          ))}
        </ul>
      </section>
      <section class="card" aria-labelledby="health-versions">
        <h2 id="health-versions">Service</h2>
        <dl class="facts-list">
          <Fact name="Twinhull" value={version} />
          <Fact name="Node.js" value={node} />
          <Fact name="Store" value={`${store.name ?? 'unknown'}, answers in ${milliseconds(store.seconds)}`} />
          <Fact name="Latest event" value={String(lastEvent)} />
        </dl>
        <p class="quiet">
          Read <Age at={at} />
        </p>
      </section>
      {mayDiagnose() ? <DiagnosisCard /> : null}
    </>
  );
}

/** How the replica that answered drives the builds. */
function PassFacts({ passes }: { readonly passes: NonNullable<Health['passes']> }): JSX.Element {
  const { lastAt, lagSeconds, openBuilds, jobEvents } = passes;
  return (
    <dl class="facts-list">
      <div>
        <dt>Jobs polled</dt>
        <dd>{lastAt === null ? 'not yet' : <Age at={lastAt} />}</dd>
      </div>
      <Fact name="Oldest observation" value={duration(lagSeconds)} />
      <Fact name="Open builds" value={String(openBuilds)} />
      <Fact name="Wake-ups" value={jobEvents ? 'by the backend’s job events' : 'at intervals, without job events'} />
    </dl>
  );
}

/** The checks of `twinhull doctor`, when they are asked for: they start containers and ask other systems. */
function DiagnosisCard(): JSX.Element {
  const found = useSignal<Diagnosis | undefined>(undefined);
  const error = useSignal<ApiError | undefined>(undefined);
  const running = useSignal(false);
  const run = (): void => {
    running.value = true;
    error.value = undefined;
    request<Diagnosis>('/v1/diagnosis')
      .then((diagnosis) => (found.value = diagnosis))
      .catch((thrown: unknown) => (error.value = asApiError(thrown)))
      .finally(() => (running.value = false));
  };
  return (
    <section class="card" aria-labelledby="health-checks" aria-busy={running.value}>
      <div class="card-head">
        <h2 id="health-checks">Checks</h2>
        <button type="button" onClick={run} disabled={running.value}>
          {running.value ? 'Checking…' : 'Run all checks'}
        </button>
      </div>
      {error.value === undefined ? null : <ErrorNote error={error.value} />}
      {found.value === undefined ? (
        <p class="quiet">
          Checks engine or queues, registry, git, secrets and sign-in as <code>twinhull doctor</code> does. It takes up
          to a minute and a half.
        </p>
      ) : (
        <div role="status">
          <ul class="findings">
            {found.value.checks.map(({ name, status, detail, advice }, index) => (
              <li key={index}>
                <Finding good={status === 'ok'} isWarning={status === 'warning'} text={`${name}: ${detail}`} />
                {advice === null ? null : (
                  <p class="quiet">
                    <Prose text={advice} />
                  </p>
                )}
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

function milliseconds(seconds: number): string {
  return `${String(Math.round(seconds * 1000))} ms`;
}

interface FindingProps {
  readonly good: boolean;
  /** Worth attention, but builds work. @default false */
  readonly isWarning?: boolean;
  readonly text: string;
}

function Finding({ good, isWarning = false, text }: FindingProps): JSX.Element {
  const kind = good ? 'good' : isWarning ? 'warn' : 'bad';
  return (
    <p class={`finding ${kind}`}>
      <Icon name={good ? 'check' : isWarning ? 'warning' : 'cross'} />
      <span>
        <span class="hidden">{good ? 'OK: ' : isWarning ? 'Warning: ' : 'Problem: '}</span>
        <Prose text={text} />
      </span>
    </p>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
