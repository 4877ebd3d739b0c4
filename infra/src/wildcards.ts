import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/**
 * Records why policies below a construct name resources with a `*`: pairs of resource and reason. cdk-nag's rule
 * AwsSolutions-IAM5 fails the synthesis for every other wildcard.
 */
export function explainWildcards(construct: IConstruct, reasons: readonly (readonly [string, string])[]): void {
  const stack = Stack.of(construct);
  Validations.of(construct).acknowledge(
    ...reasons.map(([resource, reason]) => ({
      id: `AwsSolutions-IAM5[Resource::${flattened(stack.resolve(resource))}]`,
      reason,
    })),
  );
}

/** A template value in cdk-nag's notation: references in angle brackets. */
function flattened(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, argument] = ['', '']] = Object.entries(value);
  if (name === 'Ref') return `<${String(argument)}>`;
  if (name === 'Fn::Sub') return String(argument).replace(/\$\{([^}]+)\}/g, '<$1>');
  const [first, rest] = argument as [unknown, unknown];
  if (name === 'Fn::GetAtt') return `<${String(first)}.${String(rest)}>`;
  return (rest as unknown[]).map(flattened).join(String(first));
}
