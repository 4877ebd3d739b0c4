/** Debian's own package, or the newest of Debian's suites with the containerd image store. */
export type EngineKind = 'debian' | 'newest';

export interface EngineSituation {
  /** `DOCKER_HOST`, else docker's default socket. */
  readonly host: string;
  readonly answers: boolean;
  /** Of the newest engine that the lab can start beside it. */
  readonly newestHost: string;
  readonly newestAnswers: boolean;
  /** What to start, and to use beside an engine of the machine that does not respond. */
  readonly wanted: EngineKind;
}

/** The engine to use, or undefined: then the wanted kind has to be started. A running engine is always preferred. */
export function chooseEngine(situation: EngineSituation): string | undefined {
  const { host, answers, newestHost, newestAnswers, wanted } = situation;
  if (answers) return host;
  return wanted === 'newest' && newestAnswers ? newestHost : undefined;
}
