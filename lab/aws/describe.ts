import type { LabContext } from '../part.ts';
import { awsBuilderReference } from './builder-image.ts';
import { ecrCaFile } from './ecr-registry.ts';
import { emulatorUrl } from './emulator.ts';
import { account, awsCredentials, ecrHost, region } from './identity.ts';

/** The lab's AWS. */
export interface LabAws {
  readonly region: string;
  readonly account: string;
  readonly endpoint: string;
  /** What programs that call AWS find it by: AWS_ENDPOINT_URL and credentials. */
  readonly environment: Readonly<Record<string, string>>;
  readonly registry: { readonly host: string; readonly caFile: string };
  readonly builderImage: string;
}

export function describeAws(context: LabContext): LabAws {
  const endpoint = emulatorUrl(context);
  return {
    region,
    account,
    endpoint,
    environment: { AWS_ENDPOINT_URL: endpoint, ...awsCredentials, AWS_EC2_METADATA_DISABLED: 'true' },
    registry: { host: ecrHost, caFile: ecrCaFile(context) },
    builderImage: awsBuilderReference,
  };
}
