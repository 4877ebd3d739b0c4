import type { Template } from 'aws-cdk-lib/assertions';
import type { Statement } from '../synthesized.ts';
import { account, arnOf, region } from './aws-call.ts';

/** A statement of a policy with every reference of the template resolved. */
export interface ResolvedStatement {
  readonly effect: string;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly conditions: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

const pseudo: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws-us-gov',
  'AWS::Region': region,
  'AWS::AccountId': account,
  'AWS::URLSuffix': 'amazonaws.com',
};

/** The statements of the policies whose logical id contains `part`. */
export function policyStatements(template: Template, part: string): readonly ResolvedStatement[] {
  const resources = (template.toJSON() as { Resources: Record<string, Resource> }).Resources;
  return Object.entries(resources)
    .filter(([id, { Type }]) => id.includes(part) && /^AWS::IAM::(Managed)?Policy$/.test(Type))
    .flatMap(([, { Properties }]) => (Properties?.['PolicyDocument'] as { Statement: Statement[] }).Statement)
    .map(({ Effect, Action, Resource: on, Condition = {} }) => ({
      effect: Effect,
      actions: [Action].flat(),
      resources: [on].flat().map((resource) => text(resource, resources)),
      conditions: Object.fromEntries(
        Object.entries(Condition as Record<string, Record<string, unknown>>).map(([operator, keys]) => [
          operator,
          Object.fromEntries(Object.entries(keys).map(([key, value]) => [key, text(value, resources)])),
        ]),
      ),
    }));
}

/** A value of the template as CloudFormation would write it. @throws for a function that policies do not use yet */
function text(value: unknown, resources: Readonly<Record<string, Resource>>): string {
  if (typeof value === 'string') return value;
  const [[name, argument] = ['', '']] = Object.entries(value as Record<string, unknown>);
  switch (name) {
    case 'Ref':
      return pseudo[argument as string] ?? reference(argument as string, resources);
    case 'Fn::GetAtt':
      return attribute(argument as [string, string], resources);
    case 'Fn::Sub':
      return (argument as string).replace(/\$\{([^}]+)\}/g, (_, id: string) => text({ Ref: id }, resources));
    case 'Fn::Join': {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map((part) => text(part, resources)).join(separator);
    }
    default:
      throw new Error(`a policy uses ${name}, which this test cannot resolve`);
  }
}

function reference(id: string, resources: Readonly<Record<string, Resource>>): string {
  if (resources[id]?.Type === 'AWS::Batch::JobQueue') return arnOf('batch', `job-queue/${nameOf(id, resources)}`);
  return nameOf(id, resources);
}

function attribute([id, name]: [string, string], resources: Readonly<Record<string, Resource>>): string {
  const type = resources[id]?.Type;
  if (name !== 'Arn') throw new Error(`a policy uses ${id}.${name}, which this test cannot resolve`);
  const own = nameOf(id, resources);
  if (type === 'AWS::ECR::Repository') return arnOf('ecr', `repository/${own}`);
  if (type === 'AWS::Logs::LogGroup') return arnOf('logs', `log-group:${own}:*`);
  if (type === 'AWS::SQS::Queue') return arnOf('sqs', own);
  throw new Error(`a policy uses the ARN of ${String(type)}, which this test cannot resolve`);
}

/** The name in the template, or the logical id without its hash. */
function nameOf(id: string, resources: Readonly<Record<string, Resource>>): string {
  const properties = resources[id]?.Properties ?? {};
  const name = ['RepositoryName', 'LogGroupName', 'JobQueueName'].flatMap((key) => properties[key] ?? [])[0];
  return typeof name === 'string' ? name : id.slice(0, -8);
}
