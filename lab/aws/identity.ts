/** The region of the first user's system. */
export const region = 'us-gov-west-1';
/** The only account in the emulator. */
export const account = '123456789012';
/** The host name of that account's ECR registry. */
export const ecrHost = `${account}.dkr.ecr.${region}.amazonaws.com`;

/** The emulator's constant response to GetAuthorizationToken. */
export const ecrLogin = { user: 'AWS', password: `${account}-auth-token` };

/** Settings with which programs find the emulator; it accepts any credentials. */
export function awsEnvironment(endpoint: string): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'lab',
    AWS_SECRET_ACCESS_KEY: 'lab',
    AWS_DEFAULT_REGION: region,
    AWS_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
  };
}
