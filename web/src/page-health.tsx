import type { JSX } from 'preact';
import type { Health } from './api.ts';
import { usePolled } from './polled.ts';
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

function Findings({
  health: { backend, driver, builds, version, node, lastEvent, at },
}: {
  readonly health: Health;
}): JSX.Element {
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
          <Fact name="Latest event" value={String(lastEvent)} />
        </dl>
        <p class="quiet">
          Read <Age at={at} />
        </p>
      </section>
    </>
  );
}

function Finding({ good, text }: { readonly good: boolean; readonly text: string }): JSX.Element {
  return (
    <p class={good ? 'finding good' : 'finding bad'}>
      <Icon name={good ? 'check' : 'cross'} /> <Prose text={text} />
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
