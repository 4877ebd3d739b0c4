import { expect, it } from 'vitest';
import { judgeSecret, missingSecret } from './secret-check.ts';

const asker = { region: 'us-gov-west-1' };
const facts = {
  arn: 'arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:pat-a1b2c3',
  name: 'pat',
  isBeingDeleted: false,
};

it('reports that the secret exists, and that it was not read', () => {
  expect(judgeSecret('secret', facts, asker)).toEqual({
    name: 'secret',
    status: 'ok',
    detail: 'pat exists; its value was not read',
  });
});

it('reports a secret that is scheduled for deletion or missing', () => {
  expect(judgeSecret('secret', { ...facts, isBeingDeleted: true }, asker)).toMatchObject({
    status: 'problem',
    advice: 'aws secretsmanager restore-secret --region us-gov-west-1 --secret-id pat',
  });
  expect(missingSecret('secret', 'pat', 'BUILD_GIT_SECRET_ARN', asker)).toMatchObject({
    status: 'problem',
    detail: 'there is no secret pat in us-gov-west-1',
    advice: expect.stringContaining('BUILD_GIT_SECRET_ARN'),
  });
});
