import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { MultiArchBuildPipeline, type MultiArchBuildPipelineProps } from '../src/multi-arch-build-pipeline.ts';
import { testApp } from './test-app.ts';
import { testScript } from './test-script.ts';

export type ChosenProps =
  | Partial<MultiArchBuildPipelineProps>
  | ((stack: Stack) => Partial<MultiArchBuildPipelineProps>);

/** A stack that holds the pipeline alone, in GovCloud unless another region is named. */
export function stackWith(chosen: ChosenProps = {}, region = 'us-gov-west-1'): Stack {
  const stack = new Stack(testApp(), 'Builds', { env: { region } });
  const props = typeof chosen === 'function' ? chosen(stack) : chosen;
  new MultiArchBuildPipeline(stack, 'Pipeline', { builderScript: testScript, ...props });
  return stack;
}

/** Its template. */
export function synthesized(chosen: ChosenProps = {}, region?: string): Template {
  return Template.fromStack(stackWith(chosen, region));
}

let standard: Template | undefined;

/** The template with no prop set, made once for all tests of a file. */
export function standardTemplate(): Template {
  standard ??= synthesized();
  return standard;
}

export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
}

/** The properties of the one resource of a type, or of the only one whose logical id holds `part`. */
export function propertiesOf(template: Template, type: string, part = ''): Readonly<Record<string, unknown>> {
  const found = Object.entries(template.findResources(type)).filter(([id]) => id.includes(part));
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} resources of ${type} with ${part}`);
  return (only[1] as Resource).Properties;
}

export interface Statement {
  readonly Action: string | string[];
  readonly Effect: string;
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

/** What the policies whose logical id holds `part` allow: resources, written as text, by action. */
export function allowed(template: Template, part: string): ReadonlyMap<string, readonly string[]> {
  const policies = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap((type) =>
    Object.entries(template.findResources(type)).filter(([id]) => id.includes(part)),
  );
  const statements = policies.flatMap(
    ([, policy]) =>
      (policy as { Properties: { PolicyDocument: { Statement: Statement[] } } }).Properties.PolicyDocument.Statement,
  );
  const result = new Map<string, string[]>();
  for (const { Action, Resource: resource } of statements) {
    for (const action of [Action].flat()) {
      result.set(action, [...(result.get(action) ?? []), ...[resource].flat().map(asText)]);
    }
  }
  return result;
}

/** A value of a template as text: references in angle brackets. */
export function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  const [name, argument] = Object.entries(value as Record<string, unknown>)[0]!;
  if (name === 'Ref') return `<${String(argument)}>`;
  if (name === 'Fn::GetAtt') return `<${(argument as string[]).join('.')}>`;
  if (name === 'Fn::Sub') return String(argument).replace(/\$\{([^}]+)\}/g, '<$1>');
  const [separator, parts] = argument as [string, unknown[]];
  return parts.map(asText).join(separator);
}
