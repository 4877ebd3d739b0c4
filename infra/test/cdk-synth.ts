import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const infra = path.resolve(import.meta.dirname, '..');
const nowhere = 'http://127.0.0.1:9';

export interface SynthesizedStack {
  /** Where its template lies. */
  readonly file: string;
  readonly text: string;
  /** Removes what was written. */
  readonly remove: () => void;
}

/** `cdk synth` as anybody would run it, with no account and no way to the network. */
export async function cdkSynth(...words: readonly string[]): Promise<SynthesizedStack> {
  const folder = mkdtempSync(path.join(tmpdir(), 'twinhull-synth-'));
  const env = { PATH: process.env['PATH'], HOME: folder, HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere };
  const cdk = path.resolve(infra, '../node_modules/aws-cdk/bin/cdk');
  await promisify(execFile)(process.execPath, [cdk, 'synth', '--quiet', '--output', folder, ...words], {
    cwd: infra,
    env,
  });
  const file = path.join(folder, 'smsvpctest-build-batch.template.json');
  return { file, text: readFileSync(file, 'utf8'), remove: () => rmSync(folder, { recursive: true }) };
}
