import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { App } from 'aws-cdk-lib';
import { afterAll } from 'vitest';

const folder = mkdtempSync(path.join(tmpdir(), 'twinhull-cdk-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** An app whose output goes with the tests of the file that made it. */
export function testApp(): App {
  // template.test.ts has the whole validated; here it would cost each file some seconds.
  return new App({ builtinCloudFormationValidation: false, outdir: mkdtempSync(path.join(folder, 'out-')) });
}
