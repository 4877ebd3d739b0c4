/**
 * Control sequences, strings of the operating system and of devices, and other escape sequences of ECMA-48:
 * https://ecma-international.org/publications-and-standards/standards/ecma-48/
 */
const sequences =
  /\u001B(?:\[[0-9;:<=>?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[PX^_][^\u001B]*(?:\u001B\\)?|[ -/]*[0-OQ-WYZ`-~])/gu;

/** Whether a text may have escape sequences. */
export function hasSequences(text: string): boolean {
  return text.includes('\u001B');
}

/** A log line as people see it: without escape sequences, such as those of colours, and without carriage returns at its end. */
export function printedText(line: string): string {
  const text = hasSequences(line) ? line.replace(sequences, '') : line;
  // A search from the end: an expression would start at every carriage return of a line.
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === carriageReturn) end -= 1;
  return text.slice(0, end);
}

const carriageReturn = 13;
