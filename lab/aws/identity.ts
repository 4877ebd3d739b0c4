/** Where the first user's system stands. */
export const region = 'us-gov-west-1';
/** The account of everybody, in the emulator. */
export const account = '123456789012';
/** What ECR calls its registry of that account. */
export const ecrHost = `${account}.dkr.ecr.${region}.amazonaws.com`;

/** The emulator's answer to GetAuthorizationToken, always the same. */
export const ecrLogin = { user: 'AWS', password: `${account}-auth-token` };

/** What programs find the emulator by; any credentials will do. */
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
