/** What makes a call: the code that a test can search for it, or why it cannot be found there. */
export type CallSource =
  | { readonly sdk: string }
  | { readonly cli: string }
  | { readonly library: string }
  | { readonly registryApi: string }
  | { readonly aws: string };

/** A call to AWS as IAM authorizes it. */
export interface AwsCall {
  readonly action: `${string}:${string}`;
  /** Every resource that IAM authorizes for the call; `*` for an action without resource-level permissions. */
  readonly resources: readonly string[];
  /** Values of the condition keys that policies test. */
  readonly context?: Readonly<Record<string, string>>;
  readonly from: CallSource;
}

export const region = 'us-gov-west-1';
export const account = '123456789012';

/** An ARN of the account that templates are resolved for. */
export function arnOf(service: string, resource: string): string {
  return `arn:aws-us-gov:${service}:${region}:${account}:${resource}`;
}
