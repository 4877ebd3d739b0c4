export interface FailedCommand {
  /** As the Dockerfile has it, on one line. */
  readonly command: string;
  readonly exitCode: number;
}

/** How BuildKit, its later versions and the classic builder tell which RUN ended a build. */
const tellings = [
  /executor failed running \[(?:\/bin\/sh -c )?(.+)\]: exit code: (\d+)/,
  /process "(?:\/bin\/sh -c )?(.+)" did not complete successfully: exit code: (\d+)/,
  /The command '(?:\/bin\/sh -c )?(.+)' returned a non-zero code: (\d+)/,
];

const longest = 160;

/** The command of a Dockerfile that failed, from the last lines of a `docker build`. */
export function failedCommand(lines: readonly string[]): FailedCommand | undefined {
  for (const line of lines.toReversed()) {
    for (const telling of tellings) {
      const [, command, exitCode] = telling.exec(line) ?? [];
      if (command !== undefined) return { command: shortened(command), exitCode: Number(exitCode) };
    }
  }
  return undefined;
}

function shortened(command: string): string {
  const line = command.replace(/\s+/g, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
