import { NormalizedSchema } from '@smithy/core/schema';
import { mostRequestBytes } from './documented.ts';
import { shapeFaults } from './shape-faults.ts';

/** The schema of an operation in the SDK's clients, such as `SubmitJob$` of @aws-sdk/client-batch. */
export type OperationSchema = readonly [number, string, string, unknown, unknown, unknown];
type Schema = Parameters<typeof NormalizedSchema.of>[0];

/** How a request differs from AWS's model of its operation, limits included. */
export function requestFaults([, , name, , input]: OperationSchema, value: unknown): readonly string[] {
  return [...shapeFaults(NormalizedSchema.of(input as Schema), value, name), ...sizeFaults(name, value)];
}

/** Batch counts its requests as JSON. */
function sizeFaults(name: string, value: unknown): readonly string[] {
  const most = Object.entries(mostRequestBytes).find(([operation]) => operation === name)?.[1];
  const bytes = most === undefined ? 0 : Buffer.byteLength(JSON.stringify(value));
  return most === undefined || bytes <= most ? [] : [`${name}: ${bytes} bytes, more than ${most}`];
}

/** How an answer differs from AWS's model of its operation. */
export function answerFaults([, , name, , , output]: OperationSchema, value: unknown): readonly string[] {
  return shapeFaults(NormalizedSchema.of(output as Schema), value, `${name} answer`);
}
