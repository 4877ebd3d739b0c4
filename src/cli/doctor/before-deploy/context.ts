import type { StackInspector } from '../../../adapters/aws/inspect/aws-inspector.ts';
import type { StackFacts } from '../../../adapters/aws/inspect/facts.ts';
import type { AwsAnswer } from '../../../adapters/aws/sdk/aws-errors.ts';
import { type Asker, failureResult } from '../aws/failure-result.ts';
import type { CheckResult } from '../check.ts';
import type { PlannedStack } from './planned-stack.ts';

/** What a check found. */
export type Results = CheckResult | readonly CheckResult[];

/** What the checks work with: the stack that is planned, and the account. */
export interface Context {
  readonly planned: PlannedStack;
  readonly inspector: StackInspector;
  readonly asker: Asker & { readonly account: string };
  readonly stack: () => Promise<AwsAnswer<StackFacts | undefined>>;
}

/** Judges an answer of AWS, unless it is a failure. */
export function judged<T>(answer: AwsAnswer<T>, name: string, asker: Asker, judge: (value: T) => Results): Results {
  return 'failure' in answer ? failureResult(name, answer.failure, asker) : judge(answer.value);
}

/** Undefined for a failure. */
export function valueOf<T>(answer: AwsAnswer<T>): T | undefined {
  return 'failure' in answer ? undefined : answer.value;
}
