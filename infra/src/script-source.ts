import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import type { Construct } from 'constructs';
import type { ScriptPlace } from '../../src/builder/bootstrap.ts';
import { scriptObjectName } from '../../src/builder/script.ts';
import { invalidProp } from './invalid-prop.ts';
import { explainWildcards } from './wildcards.ts';

/**
 * Where jobs get builder.sh. Its SHA-256 is always in the job definition, and a job runs no other script.
 *
 * - `asset`: `cdk deploy` uploads it to the bucket that `cdk bootstrap` created
 * - `bucket`: an object of an existing bucket, uploaded by the operator under `scriptObjectName`
 * - `image`: a file of the builder image, at an absolute path
 */
export type ScriptSource =
  | { readonly from: 'asset' }
  | { readonly from: 'bucket'; readonly bucket: IBucket }
  | { readonly from: 'image'; readonly path: string };

/**
 * The location of the script; grants `reader` permission to read it, and the scripts of earlier revisions.
 *
 * @throws SettingInvalid for a path that is not absolute, or an empty script
 */
export function placeScript(scope: Construct, source: ScriptSource, script: string, reader: Role): ScriptPlace {
  if (script.trim() === '') throw invalidProp('builderScript', script, 'give the text of src/builder/builder.sh');
  if (source.from === 'image') {
    if (source.path.startsWith('/')) return { path: source.path };
    throw invalidProp('job.script.path', source.path, 'give an absolute path');
  }
  const { bucket, key } =
    source.from === 'bucket' ? { bucket: source.bucket, key: scriptObjectName(script) } : asset(scope, script);
  const readable = bucket.arnForObjects(anyVersionOf(key));
  reader.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: [readable] }));
  explainWildcards(reader, [[readable, 'Jobs that were submitted before an update read an earlier builder script.']]);
  return { s3Url: bucket.s3UrlForObject(key), region: Stack.of(scope).region };
}

/** An object key with `*` for the digest in it: jobs of an earlier revision still read the script of that revision. */
function anyVersionOf(key: string): string {
  return key.replace(/[0-9a-f]{64}/, '*');
}

function asset(scope: Construct, script: string): { readonly bucket: IBucket; readonly key: string } {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'twinhull-script-')), 'builder.sh');
  writeFileSync(file, script);
  const { bucket, s3ObjectKey: key } = new Asset(scope, 'Script', { path: file });
  return { bucket, key };
}
