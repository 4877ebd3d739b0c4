import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

/** The secret's ARN for a policy, with a wildcard where its suffix is unknown. */
export function secretResource(secret: ISecret): string {
  return secret.secretFullArn ?? `${secret.secretArn}-??????`;
}

/** The reason for the wildcard. */
export const secretReason = 'Secrets Manager ends the ARN of each secret with six characters of its own.';
