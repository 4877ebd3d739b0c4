import type { LabContext } from '../part.ts';
import { caFile, gitUrl, tokenFile } from '../parts/git-server.ts';
import { awsBuilderReference } from './builder-image.ts';
import { ecrCertificate } from './ecr-certificate.ts';
import { emulatorUrl } from './emulator.ts';
import { account, awsEnvironment, ecrHost, region } from './identity.ts';

/** The AWS of the lab. */
export interface LabAws {
  readonly region: string;
  readonly account: string;
  readonly endpoint: string;
  /** Settings with which programs find this AWS: AWS_ENDPOINT_URL, credentials, region. */
  readonly environment: Readonly<Record<string, string>>;
  /** Twinhull's settings for builds there: the outputs of the stack, and overrides for a single machine. */
  readonly settings: Readonly<Record<string, string>>;
  readonly registry: { readonly host: string; readonly caFile: string };
  readonly builderImage: string;
}

export function describeAws(context: LabContext): LabAws {
  const endpoint = emulatorUrl(context);
  const registryCa = ecrCertificate(context).caFile;
  return {
    region,
    account,
    endpoint,
    environment: awsEnvironment(endpoint),
    settings: {
      TWINHULL_BACKEND: 'aws',
      ...context.facts.get('awsSettings'),
      TWINHULL_EMULATION: 'allow',
      TWINHULL_GIT_TOKEN_FILE: tokenFile(context),
      TWINHULL_GIT_HOST: new URL(gitUrl(context)).host,
      TWINHULL_GIT_CA_FILE: caFile(context),
      TWINHULL_REGISTRY_CA_FILE: registryCa,
    },
    registry: { host: ecrHost, caFile: registryCa },
    builderImage: awsBuilderReference,
  };
}
