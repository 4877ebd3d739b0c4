export interface Stopwatch {
  /** Ends a stretch that began with the last one's end. */
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
