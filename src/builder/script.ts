import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { codeFolder } from '../code-folder.ts';

/** In this order, because settings must come before the functions that read them. */
const parts = [
  'main',
  'job',
  'contract',
  'engine',
  'sweep',
  'aws-api',
  'secret',
  'checkout',
  'login',
  'build',
  'once',
  'architecture',
  'verify',
];

/** Programs that a job writes into its container, each the output of a function `{name}_program`. */
const programs = ['askpass.sh', 'docker.sh', 'fresh.sh', 'stages.awk', 'aws.sh'];

/** The text of the builder, assembled from its parts in `builder/script`. */
export async function builderScript(): Promise<string> {
  const texts = await Promise.all([
    ...parts.map((name) => readScript(`${name}.sh`)),
    ...programs.map(async (file) => programFunction(path.parse(file).name, await readScript(`programs/${file}`))),
  ]);
  return `${texts.join('\n')}\nmain\n`;
}

/** The text of receive.sh: a container's first program, which reads the job's files. */
export function receiveScript(): Promise<string> {
  return readScript('programs/receive.sh');
}

function programFunction(name: string, text: string): string {
  return `${name}_program() {\n  cat <<'END'\n${text}END\n}\n`;
}

function readScript(name: string): Promise<string> {
  return readFile(new URL(`builder/script/${name}`, codeFolder), 'utf8');
}

/** SHA-256 of a script, in hexadecimal: how a job definition identifies the version of the builder. */
export function scriptDigest(script: string): string {
  return createHash('sha256').update(script).digest('hex');
}

/**
 * Its name in a bucket. Content-addressed: each version of the script is a separate object, so older jobs keep theirs.
 */
export function scriptObjectName(script: string): string {
  return `twinhull-builder-${scriptDigest(script)}.sh`;
}
