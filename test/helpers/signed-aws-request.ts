/** A request as undici publishes it on its diagnostics channel. */
export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly string[] | string;
  readonly body?: unknown;
}

/**
 * The service and operation of a request that is signed for AWS, such as `batch:SubmitJob`; undefined for any other.
 * Batch has a path per operation, whose case is lost; EC2 and STS name it in the body, the others in a header.
 */
export function signedAwsRequest({ path, headers, body }: SentRequest): string | undefined {
  const header = (name: string): string | undefined => valueOf(headers, name);
  const service = /Credential=[^/]+\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/.exec(header('authorization') ?? '')?.[1];
  if (service === undefined) return undefined;
  const target = header('x-amz-target')?.split('.').at(-1);
  const action = /(?:^|&)Action=(\w+)/.exec(textOf(body))?.[1];
  return `${service}:${target ?? action ?? path.slice(path.lastIndexOf('/') + 1)}`;
}

function valueOf(headers: readonly string[] | string, name: string): string | undefined {
  const pairs =
    typeof headers === 'string'
      ? headers
          .split('\r\n')
          .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()])
      : headers.flatMap((key, index) => (index % 2 === 0 ? [[key, headers[index + 1]]] : []));
  return pairs.find(([key]) => key?.toLowerCase() === name)?.[1];
}

function textOf(body: unknown): string {
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : '';
}
