import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

export const hostsFile = '/etc/hosts';

const mark = '# Twinhull lab';

/** The address of `name` in a hosts file; undefined if it has none. */
export function addressOf(name: string, file: string = hostsFile): string | undefined {
  const lines = linesOf(readFileSync(file, 'utf8')).map((line) => line.replace(/#.*/, '').trim().split(/\s+/));
  return lines.find(([, ...names]) => names.includes(name))?.[0];
}

/** Adds a line that maps `name` to `address`, unless it exists; other lines are unchanged. */
export function addHost(name: string, address: string, file: string = hostsFile): void {
  const text = readFileSync(file, 'utf8');
  const line = lineFor(name, address);
  if (linesOf(text).includes(line)) return;
  replaceText(file, `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`);
}

/** Removes exactly the line that `addHost` added. */
export function removeHost(name: string, address: string, file: string = hostsFile): void {
  const lines = linesOf(readFileSync(file, 'utf8'));
  const kept = lines.filter((line) => line !== lineFor(name, address));
  if (kept.length < lines.length) replaceText(file, kept.join('\n'));
}

function lineFor(name: string, address: string): string {
  return `${address} ${name} ${mark}`;
}

function linesOf(text: string): readonly string[] {
  return text.split('\n');
}

/** Atomic where possible: a file that is itself a mount, as in containers, can only be written in place. */
function replaceText(file: string, text: string): void {
  const draft = `${file}.twinhull-lab`;
  try {
    writeFileSync(draft, text, { mode: statSync(file).mode & 0o7777 });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    if ((error as NodeJS.ErrnoException).code !== 'EBUSY') throw error;
    writeFileSync(file, text);
  }
}
