import { type IPrincipal, WebIdentityPrincipal } from 'aws-cdk-lib/aws-iam';
import { invalidProp } from './invalid-prop.ts';

/**
 * A service account of a Kubernetes cluster whose tokens IAM trusts:
 * https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html
 */
export interface ServiceAccountProps {
  /** ARN of the cluster's OIDC provider in IAM: `arn:aws-us-gov:iam::123456789012:oidc-provider/HOST/PATH`, in full. */
  readonly oidcProviderArn: string;
  /** Namespace of the service account. @default `twinhull` */
  readonly namespace?: string;
  /** Its name. @default `twinhull` */
  readonly name?: string;
}

/** Without `*` and `?`: the condition compares for equality, and a wildcard would suggest otherwise. */
const provider = /^arn:[a-z-]+:iam::\d{12}:oidc-provider\/([A-Za-z0-9][A-Za-z0-9./_-]*)$/;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const subdomain = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

/**
 * Exactly that service account of the cluster: its token names it as `sub`, and STS as `aud`.
 *
 * @throws SettingInvalid for text that is not the ARN of an OIDC provider or the name of a service account. The ARN
 * must be known at synthesis, because its issuer becomes the name of a condition
 */
export function serviceAccountPrincipal({
  oidcProviderArn,
  namespace = 'twinhull',
  name = 'twinhull',
}: ServiceAccountProps): IPrincipal {
  const issuer = provider.exec(oidcProviderArn)?.[1];
  if (issuer === undefined)
    throw invalidProp(
      'serviceAccount.oidcProviderArn',
      oidcProviderArn,
      'give the ARN in full: arn:PARTITION:iam::ACCOUNT:oidc-provider/HOST/PATH',
    );
  if (!label.test(namespace))
    throw invalidProp('serviceAccount.namespace', namespace, 'give lower-case letters, digits and -');
  if (!subdomain.test(name))
    throw invalidProp('serviceAccount.name', name, 'give lower-case letters, digits, - and dots');
  return new WebIdentityPrincipal(oidcProviderArn, {
    StringEquals: {
      [`${issuer}:aud`]: 'sts.amazonaws.com',
      [`${issuer}:sub`]: `system:serviceaccount:${namespace}:${name}`,
    },
  });
}
