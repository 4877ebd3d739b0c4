import {
  CloudFormationClient,
  CreateStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { settingsCatalogue } from '../../src/settings/setting-catalogue.ts';
import { LabError, reasonOf } from '../lab-error.ts';
import { region } from './identity.ts';

export interface EmulatedStack {
  readonly status: string;
  /** Those of its outputs that are Twinhull settings, by name. */
  readonly settings: Readonly<Record<string, string>>;
}

// The AWS SDK's warning about the Node version is of no use to our users.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

/** Selects the emulator at `endpoint`, regardless of AWS settings in the shell. */
function options(endpoint: string) {
  return { region, endpoint, credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' } };
}

export async function findStack(endpoint: string, name: string): Promise<EmulatedStack | undefined> {
  const client = new CloudFormationClient(options(endpoint));
  // Lists all stacks: a request for a missing one would fail.
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({})).finally(() => client.destroy());
  const found = Stacks.find(({ StackName }) => StackName === name);
  if (found === undefined) return undefined;
  // The descriptions of those outputs are the names of the settings: CloudFormation allows no `_` in output names.
  const settings = (found.Outputs ?? []).flatMap(({ Description = '', OutputValue = '' }) =>
    Description in settingsCatalogue ? [[Description, OutputValue] as const] : [],
  );
  return { status: found.StackStatus ?? '', settings: Object.fromEntries(settings) };
}

export async function createStack(endpoint: string, name: string, template: string): Promise<void> {
  const client = new CloudFormationClient(options(endpoint));
  try {
    const capabilities = ['CAPABILITY_NAMED_IAM' as const];
    await client.send(new CreateStackCommand({ StackName: name, TemplateBody: template, Capabilities: capabilities }));
    const waiting = { client, maxWaitTime: 60, minDelay: 1, maxDelay: 2 };
    await waitUntilStackCreateComplete(waiting, { StackName: name });
  } catch (error) {
    throw new LabError(`the stack ${name} was not created: ${reasonOf(error)}`, { cause: error });
  } finally {
    client.destroy();
  }
}

export async function findSecret(endpoint: string, name: string): Promise<string | undefined> {
  const client = new SecretsManagerClient(options(endpoint));
  try {
    return (await client.send(new GetSecretValueCommand({ SecretId: name }))).SecretString;
  } catch (error) {
    if (error instanceof Error && error.name === 'ResourceNotFoundException') return undefined;
    throw error;
  } finally {
    client.destroy();
  }
}

export async function createSecret(endpoint: string, name: string, value: string): Promise<void> {
  const client = new SecretsManagerClient(options(endpoint));
  await client.send(new CreateSecretCommand({ Name: name, SecretString: value })).finally(() => client.destroy());
}
