import { readFileSync } from 'node:fs';
import type { LabContext, Part } from '../part.ts';
import { tokenFile } from '../parts/git-server.ts';
import { emulatorUrl, forgetEverything } from './emulator.ts';
import { stackName, synthesize, templateVersion, uploadScript } from './template.ts';

/** The name of the git token's secret in the stack. */
const secretName = 'vecoli-github-pat';

// Loaded on demand, because the AWS SDK is slow to load.
const emulated = () => import('./emulated-stack.ts');

/** The CDK stack of infra/, created in the emulator, and the git token in its Secrets Manager. */
export const stackPart: Part = {
  name: 'AWS stack',
  needs: ['AWS emulator', 'AWS builder image', 'build folder', 'git server'],

  async check(context) {
    const { findSecret, findStack } = await emulated();
    const endpoint = emulatorUrl(context);
    const stack = await findStack(endpoint, stackName);
    if (stack === undefined) return 'not created yet';
    if (stack.status !== 'CREATE_COMPLETE') return `it is ${stack.status}`;
    if (context.facts.find('awsStackVersion') !== templateVersion(context)) return 'created from another template';
    if ((await findSecret(endpoint, secretName)) !== gitToken(context)) return 'its git token differs';
    context.facts.set('awsSettings', stack.settings);
    return undefined;
  },

  async start(context) {
    const template = await synthesize(context);
    const { createSecret, createStack, findStack } = await emulated();
    const endpoint = emulatorUrl(context);
    // The emulator can neither update nor delete a stack.
    if ((await findStack(endpoint, stackName)) !== undefined) await forgetEverything(context);
    await uploadScript(context);
    await createStack(endpoint, stackName, template);
    await createSecret(endpoint, secretName, gitToken(context));
    context.facts.set('awsStackVersion', templateVersion(context));
  },
};

function gitToken(context: LabContext): string {
  return readFileSync(tokenFile(context), 'utf8');
}
