import { readFileSync } from 'node:fs';
import {
  CreateStackCommand,
  DescribeStacksCommand,
  type Stack,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { CreateSecretCommand, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { settingsCatalogue } from '../../src/settings/catalogue.ts';
import { LabError } from '../lab-error.ts';
import type { Part } from '../part.ts';
import { tokenFile } from '../parts/git-server.ts';
import { type EmulatorClients, withEmulator } from './clients.ts';
import { emulatorUrl, forgetEverything } from './emulator.ts';
import { stackName, synthesize, templateVersion } from './template.ts';

/** The name under which the stack looks for the git token. */
const secretName = 'vecoli-github-pat';

/** The CDK stack of infra/, created in the emulator, and the git token in its Secrets Manager. */
export const stackPart: Part = {
  name: 'AWS stack',
  needs: ['AWS emulator', 'AWS builder image', 'git server'],

  async check(context) {
    return withEmulator(emulatorUrl(context), async (clients) => {
      const stack = await findStack(clients);
      if (stack === undefined) return 'not created yet';
      if (stack.StackStatus !== 'CREATE_COMPLETE') return `it is ${stack.StackStatus ?? ''}`;
      if (context.facts.find('awsStackVersion') !== templateVersion(context)) return 'created from another template';
      if ((await findSecret(clients)) !== readFileSync(tokenFile(context), 'utf8')) return 'its git token is another';
      context.facts.set('awsSettings', settingsOf(stack));
      return undefined;
    });
  },

  async start(context) {
    const template = await synthesize(context);
    const endpoint = emulatorUrl(context);
    await withEmulator(endpoint, async (clients) => {
      // It cannot update a stack, nor remove one.
      if ((await findStack(clients)) !== undefined) await forgetEverything(context);
      await createStack(clients, template);
      const SecretString = readFileSync(tokenFile(context), 'utf8');
      await clients.secrets.send(new CreateSecretCommand({ Name: secretName, SecretString }));
    });
    context.facts.set('awsStackVersion', templateVersion(context));
  },
};

async function findStack({ formation }: EmulatorClients): Promise<Stack | undefined> {
  const { Stacks = [] } = await formation.send(new DescribeStacksCommand({}));
  return Stacks.find((stack) => stack.StackName === stackName);
}

async function findSecret({ secrets }: EmulatorClients): Promise<string | undefined> {
  try {
    return (await secrets.send(new GetSecretValueCommand({ SecretId: secretName }))).SecretString;
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  }
}

async function createStack({ formation }: EmulatorClients, template: string): Promise<void> {
  const create = { StackName: stackName, TemplateBody: template, Capabilities: ['CAPABILITY_NAMED_IAM' as const] };
  await formation.send(new CreateStackCommand(create));
  const waiting = { client: formation, maxWaitTime: 60, minDelay: 1, maxDelay: 2 };
  const { state, reason } = await waitUntilStackCreateComplete(waiting, { StackName: stackName });
  if (String(state) !== 'SUCCESS') throw new LabError(`the stack ${stackName} was not created: ${String(reason)}`);
}

/** Those outputs that are settings of Twinhull: their descriptions name them. */
function settingsOf({ Outputs = [] }: Stack): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Outputs.flatMap(({ Description = '', OutputValue = '' }) =>
      Description in settingsCatalogue ? [[Description, OutputValue]] : [],
    ),
  );
}
