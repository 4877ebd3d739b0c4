import { answerFaults, type OperationSchema, requestFaults } from './call-faults.ts';

/** A client stubbed by aws-sdk-client-mock; the stubs' own types have nothing in common. */
interface Stub {
  calls(): readonly unknown[];
}

interface StubbedCall {
  readonly args: readonly [{ readonly schema: OperationSchema; readonly input: unknown }];
  readonly returnValue: unknown;
}

/** How the requests that stubbed clients received, and their answers, differ from AWS's model. */
export async function mockFaults(...stubs: readonly Stub[]): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const call of stubs.flatMap((stub) => stub.calls()) as readonly StubbedCall[]) {
    const [{ schema, input }] = call.args;
    const answer = await Promise.resolve(call.returnValue).catch(() => undefined);
    faults.push(...requestFaults(schema, input), ...answerFaults(schema, answer));
  }
  return faults;
}
