import { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { region } from './identity.ts';

export interface EmulatorClients {
  readonly formation: CloudFormationClient;
  readonly secrets: SecretsManagerClient;
}

// Which Node we run on is our affair; the SDK would advise on it on a user's screen.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';

/** Calls to the emulator alone, whatever AWS settings the shell has. */
export async function withEmulator<T>(endpoint: string, action: (clients: EmulatorClients) => Promise<T>): Promise<T> {
  const options = { region, endpoint, credentials: { accessKeyId: 'lab', secretAccessKey: 'lab' } };
  const clients = { formation: new CloudFormationClient(options), secrets: new SecretsManagerClient(options) };
  try {
    return await action(clients);
  } finally {
    clients.formation.destroy();
    clients.secrets.destroy();
  }
}
