import type { JSX } from 'preact';
import type { Platform, Trend, Trends } from './api.ts';
import { Chart, type Series } from './chart.tsx';
import { usePolled } from './polled.ts';
import { address, setQuery } from './router.ts';
import { duration, suffix } from './text.ts';
import { cacheRate, daysBetween, type Stage, stages, successRate, valuesByDay } from './trend-series.ts';
import { ErrorNote } from './ui.tsx';

const spans = [7, 30, 90, 366] as const;
const platforms: readonly Platform[] = ['linux/arm64', 'linux/amd64'];

/** Attempts are counted as they end: reading more often shows little new. In milliseconds. */
const pause = 60_000;

export function TrendsPage(): JSX.Element {
  const { query } = address.value;
  const days = spans.find((span) => String(span) === query.get('days')) ?? 30;
  const stage = stages.find((each) => each === query.get('stage')) ?? 'running';
  const recipe = query.get('recipe') ?? '';
  const asked = new URLSearchParams({ days: String(days) });
  if (recipe !== '') asked.set('recipe', recipe);
  const { value: found, error } = usePolled<Trends>(`/v1/trends?${asked.toString()}`, pause);
  return (
    <main id="main">
      <h1>Trends</h1>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <Choice
          label="Recipe"
          value={recipe}
          options={[['', 'All recipes'], ...names(found?.recipes ?? [], recipe)]}
          onChange={(value) => setQuery('recipe', value)}
        />
        <Choice
          label="Stage"
          value={stage}
          options={stages.map((each) => [each, each])}
          onChange={(value) => setQuery('stage', value === 'running' ? '' : value)}
        />
        <Choice
          label="Days"
          value={String(days)}
          options={spans.map((span) => [String(span), `${String(span)} days`])}
          onChange={(value) => setQuery('days', value === '30' ? '' : value)}
        />
      </form>
      {error === undefined ? null : <ErrorNote error={error} />}
      {found === undefined ? <div class="card ghost tall" aria-busy="true" /> : <Charts trends={found} stage={stage} />}
    </main>
  );
}

/** A recipe of the address stays a choice where no attempt of it ended in these days. */
function names(recipes: readonly string[], chosen: string): readonly (readonly [string, string])[] {
  const all = chosen === '' || recipes.includes(chosen) ? recipes : [...recipes, chosen];
  return all.map((name) => [name, name]);
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [string, string])[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, options, onChange }: ChoiceProps): JSX.Element {
  return (
    <label>
      <span class="hidden">{label}</span>
      <select value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        {options.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

interface ChartsProps {
  readonly trends: Trends;
  readonly stage: Stage;
}

function Charts({ trends: { from, to, trends }, stage }: ChartsProps): JSX.Element {
  if (trends.length === 0)
    return (
      <div class="card empty">
        <h2>No attempt of a job ended in these days</h2>
        <p class="quiet">Attempts are counted as they end; those before the release with this page are not.</p>
      </div>
    );
  const days = daysBetween(from, to);
  const durations = (of: Stage): readonly Series[] =>
    (['p50', 'p95'] as const).flatMap((percentile) =>
      platforms.map((platform) => ({
        name: `${suffix(platform)}, ${percentile === 'p50' ? 'median' : '95%'}`,
        class: `chart-${suffix(platform)} chart-${percentile}`,
        values: valuesByDay(trends, days, {
          stage: of,
          platform,
          value: (trend) => trend[`${percentile}Seconds`] ?? undefined,
        }),
      })),
    );
  const rates = (of: Stage, value: (trend: Trend) => number | undefined): readonly Series[] =>
    platforms.map((platform) => ({
      name: suffix(platform),
      class: `chart-${suffix(platform)} chart-p50`,
      values: valuesByDay(trends, days, { stage: of, platform, value }),
    }));
  return (
    <>
      <div class="charts">
        <Chart title={`Duration: ${stage}`} series={durations(stage)} days={days} shown={duration} />
        <Chart title={`Success: ${stage}`} series={rates(stage, successRate)} days={days} most={100} shown={percent} />
        <Chart
          title="Steps from the layer cache"
          series={rates('build', cacheRate)}
          days={days}
          most={100}
          shown={percent}
        />
        {stage === 'waiting' ? null : (
          <Chart title="Duration: waiting" series={durations('waiting')} days={days} shown={duration} />
        )}
      </div>
      <Table rows={trends.filter((trend) => trend.stage === stage)} stage={stage} />
    </>
  );
}

function percent(value: number): string {
  return `${String(Math.round(value))}%`;
}

function Table({ rows, stage }: { readonly rows: readonly Trend[]; readonly stage: string }): JSX.Element {
  const titles = ['Day (UTC)', 'Platform', 'Succeeded', 'Failed', 'Stopped', 'Median', '95%'];
  return (
    <section class="card" aria-labelledby="trend-table">
      <h2 id="trend-table">Values: {stage}</h2>
      <div class="table" role="region" aria-label="Values by day and platform" tabIndex={0}>
        <table>
          <thead>
            <tr>
              {[...titles, ...(stage === 'build' ? ['Cached steps'] : [])].map((title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {[...rows].reverse().map((row) => (
              <tr key={row.day + row.platform}>
                <td>{row.day}</td>
                <td>{row.platform}</td>
                <td>{row.succeeded}</td>
                <td>{row.failed}</td>
                <td>{row.stopped}</td>
                <td>{row.p50Seconds === null ? '–' : duration(row.p50Seconds)}</td>
                <td>{row.p95Seconds === null ? '–' : duration(row.p95Seconds)}</td>
                {stage === 'build' ? <td>{steps(row)}</td> : null}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function steps({ cachedSteps, steps: all }: Trend): string {
  return cachedSteps === null || all === null ? '–' : `${String(cachedSteps)} of ${String(all)}`;
}
