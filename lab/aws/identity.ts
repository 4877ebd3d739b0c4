/** Where the first user's system stands. */
export const region = 'us-gov-west-1';
/** The account of everybody, in the emulator. */
export const account = '123456789012';
/** What ECR calls its registry of that account. */
export const ecrHost = `${account}.dkr.ecr.${region}.amazonaws.com`;

/** The emulator's answer to GetAuthorizationToken, always the same. */
export const ecrLogin = { user: 'AWS', password: `${account}-auth-token` };

/** For the emulator any will do. */
export const awsCredentials = { AWS_ACCESS_KEY_ID: 'lab', AWS_SECRET_ACCESS_KEY: 'lab' };
