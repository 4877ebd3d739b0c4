import { verifyWithFallback } from '@octokit/webhooks-methods';
import { TwinhullError } from '../../errors/twinhull-error.ts';

/** `X-Hub-Signature-256`: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
const form = /^sha256=[0-9a-f]{64}$/;

/** A signature that has the form of one; worth reading the body for. @throws SignatureInvalid */
export function parseSignature(header: string | readonly string[] | undefined): string {
  if (header === undefined) throw new TwinhullError('SignatureInvalid', 'the request has no X-Hub-Signature-256');
  if (typeof header === 'string' && form.test(header)) return header;
  throw new TwinhullError('SignatureInvalid', 'X-Hub-Signature-256 is not sha256= and 64 hexadecimal digits');
}

/**
 * Checks the very bytes that came; how long that takes tells nothing of the right signature.
 * @throws SignatureInvalid
 */
export async function checkSignature(body: string, signature: string, secrets: readonly string[]): Promise<void> {
  const [secret, ...older] = secrets;
  const isRight =
    secret !== undefined && body !== '' && ((await verifyWithFallback(secret, body, signature, older)) as boolean);
  if (!isRight) throw new TwinhullError('SignatureInvalid', 'X-Hub-Signature-256 is not the signature of this body');
}
