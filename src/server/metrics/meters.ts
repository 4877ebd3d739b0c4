import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type LabelsOf, type MetricEntry, type MetricOf, metricCatalogue } from './metric-catalogue.ts';

/** The metrics of the catalogue, each with the labels declared there. */
export class Meters {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();

  constructor() {
    for (const [name, entry] of Object.entries<MetricEntry>(metricCatalogue)) this.#register(name, entry);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Adds Node's metrics of the process: memory, CPU, event loop. */
  addProcessMetrics(): void {
    collectDefaultMetrics({ register: this.#registry });
  }

  count<Name extends MetricOf<'counter'>>(name: Name, labels: LabelsOf<Name>, by = 1): void {
    this.#counters.get(name)?.inc(labels, by);
  }

  set<Name extends MetricOf<'gauge'>>(name: Name, labels: LabelsOf<Name>, value: number): void {
    this.#gauges.get(name)?.set(labels, value);
  }

  /** The present value of a gauge without labels. */
  async gauge(name: MetricOf<'gauge'>): Promise<number> {
    return (await this.#gauges.get(name)?.get())?.values[0]?.value ?? 0;
  }

  observe<Name extends MetricOf<'histogram'>>(name: Name, labels: LabelsOf<Name>, value: number): void {
    this.#histograms.get(name)?.observe(labels, value);
  }

  /** All metrics in Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats/ */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #register(name: string, { type, help, labels, buckets }: MetricEntry): void {
    const common = { name, help, labelNames: labels, registers: [this.#registry] };
    switch (type) {
      case 'counter':
        this.#counters.set(name, new Counter(common));
        return;
      case 'gauge':
        this.#gauges.set(name, new Gauge(common));
        return;
      case 'histogram':
        this.#histograms.set(name, new Histogram({ ...common, ...(buckets && { buckets: [...buckets] }) }));
        return;
    }
  }
}
