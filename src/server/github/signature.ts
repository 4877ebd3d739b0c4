import { createHmac } from 'node:crypto';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { isEqual } from '../auth/token.ts';

/** `X-Hub-Signature-256`: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries */
const form = /^sha256=[0-9a-f]{64}$/;

/** Rejects malformed signatures before the body is read. @throws SignatureInvalid */
export function parseSignature(header: string | readonly string[] | undefined): string {
  if (header === undefined) throw new TwinhullError('SignatureInvalid', 'the request has no X-Hub-Signature-256');
  if (typeof header === 'string' && form.test(header)) return header;
  throw new TwinhullError('SignatureInvalid', 'X-Hub-Signature-256 is not sha256= and 64 hexadecimal digits');
}

/**
 * Checks the bytes as received: decoded text may differ from what was signed. The comparison takes constant time.
 *
 * @throws SignatureInvalid
 */
export function checkSignature(body: Uint8Array, signature: string, secrets: readonly string[]): void {
  const given = Buffer.from(signature.slice('sha256='.length), 'hex');
  const isRight = secrets.some((secret) => {
    const expected = createHmac('sha256', secret).update(body).digest();
    return secret !== '' && isEqual(expected, given);
  });
  if (!isRight || body.length === 0)
    throw new TwinhullError('SignatureInvalid', 'X-Hub-Signature-256 is not the signature of this body');
}
