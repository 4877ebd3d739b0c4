export interface Stopwatch {
  /** Ends a lap; the next one starts here. */
  lap(name: string): void;
  summary(): string;
}

export function stopwatch(): Stopwatch {
  const laps: string[] = [];
  const begun = Date.now();
  let last = begun;
  return {
    lap(name) {
      laps.push(`${name} ${seconds(Date.now() - last)}`);
      last = Date.now();
    },
    summary: () => `time: ${laps.join(', ')}; together ${seconds(Date.now() - begun)}`,
  };
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
