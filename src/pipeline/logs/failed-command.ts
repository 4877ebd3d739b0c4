/** The instruction or command of a build that failed. */
export interface FailedCommand {
  /** As in the Dockerfile, on one line. */
  readonly command: string;
  readonly exitCode: number;
}

/** How docker begins a line of its own; output of a build step follows a number and a time. */
const begin = String.raw`^(?:#\d+ )?(?:ERROR: |error: )?(?:failed to (?:build|solve)[^:]*: |rpc error: code = \w+ desc = )*`;

/** How BuildKit, its later versions and the classic builder report which RUN failed. */
const reports = [
  String.raw`executor failed running \[(?:\/bin\/sh -c )?(.+)\]: exit code: (\d+)`,
  String.raw`process "(?:\/bin\/sh -c )?(.+)" did not complete successfully: exit code: (\d+)`,
  String.raw`The command '(?:\/bin\/sh -c )?(.+)' returned a non-zero code: (\d+)`,
].map((report) => new RegExp(begin + report));

const quotesCommand = new RegExp(`${begin}(?:executor failed running \\[|process "|The command ')`);

const longest = 160;

/** Whether docker quotes a command of the Dockerfile in this line; the command may contain any words. */
export function namesCommand(line: string): boolean {
  return quotesCommand.test(line);
}

/** The Dockerfile command that failed, from the last lines of a `docker build`. */
export function failedCommand(lines: readonly string[]): FailedCommand | undefined {
  for (const line of lines.toReversed()) {
    for (const report of reports) {
      const [, command, exitCode] = report.exec(line) ?? [];
      if (command !== undefined) return { command: shortened(unquoted(command)), exitCode: Number(exitCode) };
    }
  }
  return undefined;
}

/** BuildKit quotes as Go does; users know their line without the backslashes. */
function unquoted(command: string): string {
  try {
    return JSON.parse(`"${command}"`) as string;
  } catch {
    return command;
  }
}

function shortened(command: string): string {
  const line = command.replace(/\s+/g, ' ').trim();
  return line.length > longest ? `${line.slice(0, longest)}…` : line;
}
