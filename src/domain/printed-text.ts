/**
 * Control sequences, strings of the operating system and of devices, and other escape sequences of ECMA-48:
 * https://ecma-international.org/publications-and-standards/standards/ecma-48/
 * None goes beyond its line.
 */
const sequences =
  /\u001B(?:\[[0-9;:<=>?]*[ -/]*[@-~]|\][^\u0007\u001B\n]*(?:\u0007|\u001B\\)?|[PX^_][^\u001B\n]*(?:\u001B\\)?|[ -/]*[0-OQ-WYZ`-~])/gu;

/** Whether a text may have escape sequences. */
export function hasSequences(text: string): boolean {
  return text.includes('\u001B');
}

/** Lines without escape sequences: those of each line alone, so that all together are freed of them at once. */
export function withoutSequences(lines: string): string {
  return hasSequences(lines) ? lines.replace(sequences, '') : lines;
}

/** A log line as people see it: without escape sequences, such as those of colours, and without carriage returns at its end. */
export function printedText(line: string): string {
  const text = withoutSequences(line);
  // A search from the end: an expression would start at every carriage return of a line.
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === carriageReturn) end -= 1;
  return text.slice(0, end);
}

const carriageReturn = 13;
