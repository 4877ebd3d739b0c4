// The CDK app: one stack, as the context chooses it (docs/deploying.md), checked by cdk-nag at each synthesis.
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { builderScript, withoutComments } from '../../src/builder/script.ts';
import { TwinhullError } from '../../src/errors/twinhull-error.ts';
import { BuildBatchStack } from '../src/build-batch-stack.ts';
import { readDeployment } from '../src/deployment.ts';

const app = new App();
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
try {
  const chosen = readDeployment(app.node.getAllContext() as Record<string, unknown>);
  new BuildBatchStack(app, chosen, withoutComments(await builderScript()));
  app.synth();
} catch (error) {
  if (!TwinhullError.is(error)) throw error;
  process.stderr.write(`${error.message}\n  ${error.hint}\n`);
  process.exit(1);
}
