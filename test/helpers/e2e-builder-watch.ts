import type Docker from 'dockerode';

export interface BuilderEvent {
  readonly action: 'start' | 'die' | 'destroy';
  readonly buildId: string;
  /** `linux/arm64 1`: platform and number of the attempt. */
  readonly attempt: string;
}

/**
 * What happens to builder containers while a test runs. It listens from the beginning, because the engine keeps only
 * its last 256 events of all kinds.
 */
export class BuilderWatch {
  readonly events: BuilderEvent[] = [];
  readonly #stream: NodeJS.ReadableStream & { destroy?(): void };
  #unfinished = '';

  private constructor(stream: NodeJS.ReadableStream) {
    this.#stream = stream;
    stream.setEncoding('utf8').on('data', (text: string) => this.#read(text));
  }

  static async open(docker: Docker): Promise<BuilderWatch> {
    const filters = { event: ['start', 'die', 'destroy'], label: ['dev.twinhull.builder=1'] };
    return new BuilderWatch(await docker.getEvents({ filters }));
  }

  /** The attempts of a build whose containers were ever started, once for each start, sorted. */
  starts(buildId: string): readonly string[] {
    const starts = this.events.filter((event) => event.buildId === buildId && event.action === 'start');
    return starts.map(({ attempt }) => attempt).sort();
  }

  /** How many containers of a build were started and have not ended. */
  running(buildId: string): number {
    const ofBuild = this.events.filter((event) => event.buildId === buildId);
    const count = (action: BuilderEvent['action']): number => ofBuild.filter((event) => event.action === action).length;
    return count('start') - count('die');
  }

  /** How many containers of these builds ran at once, at most. */
  mostAtOnce(buildIds: readonly string[]): number {
    let now = 0;
    let most = 0;
    for (const { action, buildId } of this.events) {
      if (!buildIds.includes(buildId) || action === 'destroy') continue;
      now += action === 'start' ? 1 : -1;
      most = Math.max(most, now);
    }
    return most;
  }

  close(): void {
    this.#stream.destroy?.();
  }

  #read(text: string): void {
    const lines = (this.#unfinished + text).split('\n');
    this.#unfinished = lines.pop() ?? '';
    for (const line of lines.filter(Boolean)) this.events.push(parse(line));
  }
}

/** https://docs.docker.com/reference/api/engine/version/v1.41/#tag/System/operation/SystemEvents */
function parse(line: string): BuilderEvent {
  const { Action, Actor } = JSON.parse(line) as { Action: string; Actor: { Attributes: Record<string, string> } };
  const labels = Actor.Attributes;
  return {
    action: Action as BuilderEvent['action'],
    buildId: labels['dev.twinhull.build'] ?? '',
    attempt: `${labels['dev.twinhull.platform']} ${labels['dev.twinhull.attempt']}`,
  };
}
