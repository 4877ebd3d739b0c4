import type { JSX } from 'preact';
import { ticks } from './ticks.ts';

export interface Series {
  readonly name: string;
  /** Chooses colour and dashes: `chart-arm64`. */
  readonly class: string;
  /** One for each day, from the first to the last; undefined where nothing was measured. */
  readonly values: readonly (number | undefined)[];
}

export interface ChartProps {
  readonly title: string;
  readonly series: readonly Series[];
  /** One for each day, as text. */
  readonly days: readonly string[];
  /** @default the largest value */
  readonly most?: number;
  readonly shown: (value: number) => string;
}

const height = 100;

/** Lines over days. The page that shows them has the values in a table, for readers of a screen. */
export function Chart({ title, series, days, most, shown }: ChartProps): JSX.Element {
  const values = series.flatMap(({ values: own }) => own.filter((value) => value !== undefined));
  const top = (most ?? Math.max(1, ...values)) * 1.04;
  const x = (day: number): number => day + 0.5;
  const y = (value: number): number => height - (value / top) * height;
  const levels = most === undefined ? ticks(top) : [0, most / 2, most];
  return (
    <figure class="card chart">
      <figcaption>
        <h2>{title}</h2>
        <ul class="legend">
          {series.map(({ name, class: kind }) => (
            <li key={name}>
              <svg viewBox="0 0 20 8" aria-hidden="true">
                <path class={kind} d="M1 4h18" />
              </svg>
              {name}
            </li>
          ))}
        </ul>
      </figcaption>
      {values.length === 0 ? (
        <p class="quiet chart-empty">Nothing was measured in these days.</p>
      ) : (
        <div class="chart-area">
          {levels.map((level) => (
            <span key={level} class="chart-level" style={{ top: `${String(y(level))}%` }}>
              <span>{shown(level)}</span>
            </span>
          ))}
          <svg
            class="chart-lines"
            viewBox={`0 0 ${String(days.length)} ${String(height)}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={`${title}, by day; the values are in the table below`}
          >
            {series.map(({ name, class: kind, values: own }) => {
              const points = own.flatMap((value, day) => (value === undefined ? [] : [[x(day), y(value)] as const]));
              if (points.length === 0) return null;
              const line = points.map(([left, down]) => `${left.toFixed(2)} ${down.toFixed(2)}`).join('L');
              const dots = points.map(([left, down]) => `M${left.toFixed(2)} ${down.toFixed(2)}h0`).join('');
              return (
                <g key={name} class={kind}>
                  <path d={`M${line}`} />
                  <path class="chart-dots" d={dots} />
                </g>
              );
            })}
            {days.map((day, index) => (
              <rect key={day} class="chart-day" x={index} y={0} width={1} height={height}>
                <title>{dayTitle(day, index, series, shown)}</title>
              </rect>
            ))}
          </svg>
        </div>
      )}
      <p class="chart-days quiet">
        <span>{days[0]}</span>
        <span>{days.at(-1)}</span>
      </p>
    </figure>
  );
}

function dayTitle(day: string, index: number, series: readonly Series[], shown: ChartProps['shown']): string {
  const parts = series.flatMap(({ name, values }) => {
    const value = values[index];
    return value === undefined ? [] : [`${name}: ${shown(value)}`];
  });
  return [day, ...parts].join('\n');
}
