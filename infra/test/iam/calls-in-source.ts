import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../../../src');

/** An SDK command, or its paginator, and an operation of the AWS command line in the builder. */
const forms = [
  /\bnew ([A-Z]\w+)Command\(/g,
  /\bpaginate([A-Z]\w+)\(/g,
  /(?:^|[\s{(&|])(aws (?:s3|[a-z0-9-]+) [a-z][a-z-]+)(?= --)/gm,
];

/** The operations of AWS that the source calls: by the SDK (`SubmitJob`) and by the command line (`aws s3 cp`), sorted. */
export function callsInSource(): readonly string[] {
  const found = new Set<string>();
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(ts|sh)$/.test(entry.name) || entry.name.endsWith('.test.ts')) continue;
    const text = readFileSync(path.join(entry.parentPath, entry.name), 'utf8');
    if (entry.name.endsWith('.ts') && !/@aws-sdk\/client-|aws s3 cp/.test(text)) continue;
    for (const form of forms) for (const [, name = ''] of text.matchAll(form)) found.add(name);
  }
  return [...found].sort();
}
