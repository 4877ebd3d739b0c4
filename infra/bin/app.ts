import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { builderScript, withoutComments } from '../../src/builder/script.ts';
import { BuildBatchStack } from '../src/build-batch-stack.ts';
import { readDeployment } from '../src/deployment.ts';

const app = new App();
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
new BuildBatchStack(
  app,
  readDeployment(app.node.getAllContext() as Record<string, unknown>),
  withoutComments(await builderScript()),
);
app.synth();
