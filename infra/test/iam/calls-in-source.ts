import { trackedFiles } from '../../../scripts/tracked-files.ts';

/** An SDK command, or its paginator, and an operation of the AWS command line in the builder. */
const forms = [
  /\bnew ([A-Z]\w+)Command\(/g,
  /\bpaginate([A-Z]\w+)\(/g,
  /(?:^|[\s{(&|])(aws (?:s3|[a-z0-9-]+) [a-z][a-z-]+)(?= --)/gm,
];

/** The operations of AWS that the source calls: by the SDK (`SubmitJob`) and by the command line (`aws s3 cp`), sorted. */
export function callsInSource(): readonly string[] {
  const found = new Set<string>();
  for (const { name: file, text } of trackedFiles('src/*.ts', 'src/*.sh', ':!*.test.ts')) {
    if (file.endsWith('.ts') && !/@aws-sdk\/client-|aws s3 cp/.test(text)) continue;
    for (const form of forms) for (const [, name = ''] of text.matchAll(form)) found.add(name);
  }
  return [...found].sort();
}
