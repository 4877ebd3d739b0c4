import { subscribe } from 'node:diagnostics_channel';
import { authorizedAs, awsCalls } from '../../infra/test/iam/aws-calls.ts';
import { type SentRequest, signedAwsRequest } from './signed-aws-request.ts';

const listed = new Set(
  Object.values(awsCalls)
    .flat()
    .map(({ action }) => action.toLowerCase()),
);

// Every call to AWS that a test causes must be in the table that infra/src/permissions.test.ts compares with the roles.
subscribe('undici:request:create', (message) => {
  const call = signedAwsRequest((message as { request: SentRequest }).request);
  if (call === undefined || listed.has((authorizedAs[call] ?? call).toLowerCase())) return;
  throw new Error(`the call ${call} is not in infra/test/iam/aws-calls.ts`);
});
