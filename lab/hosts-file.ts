import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';

export const hostsFile = '/etc/hosts';

const mark = '# Twinhull lab';

/** What a hosts file says of `name`; undefined when it does not know it. */
export function addressOf(name: string, file: string = hostsFile): string | undefined {
  const lines = linesOf(readFileSync(file, 'utf8')).map((line) => line.replace(/#.*/, '').trim().split(/\s+/));
  return lines.find(([, ...names]) => names.includes(name))?.[0];
}

/** Adds a line that says `name` is at `address`, unless it stands there; other lines stay as they are. */
export function addHost(name: string, address: string, file: string = hostsFile): void {
  const text = readFileSync(file, 'utf8');
  const line = lineFor(name, address);
  if (linesOf(text).includes(line)) return;
  replaceText(file, `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`);
}

/** Takes out the line that `addHost` put in, and no other. */
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

/** Whole or not at all. Where the file is mounted by itself, as in containers, it can only be written in place. */
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
