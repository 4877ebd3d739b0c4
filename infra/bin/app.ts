// The CDK app: one stack, as the context chooses it (docs/deploying.md), checked by cdk-nag at each synthesis.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { builderScript, scriptObjectName } from '../../src/builder/script.ts';
import { TwinhullError } from '../../src/domain/errors/twinhull-error.ts';
import { readDeployment } from '../../src/settings/deployment.ts';
import { BuildBatchStack } from '../src/build-batch-stack.ts';

const app = new App();
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
try {
  const chosen = readDeployment(app.node.getAllContext() as Record<string, unknown>);
  const script = await builderScript();
  new BuildBatchStack(app, chosen, script);
  // For -c scriptBucket: what the operator uploads.
  writeFileSync(path.join(app.outdir, scriptObjectName(script)), script);
  app.synth();
} catch (error) {
  if (!TwinhullError.is(error)) throw error;
  process.stderr.write(`${error.message}\n  ${error.hint}\n`);
  process.exit(1);
}
