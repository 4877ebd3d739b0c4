import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const algorithm = 'aes-256-gcm';
const lengths = { iv: 12, tag: 16 } as const;

/** Encrypts a text that only the holder of a secret may read again: the store has a hash of the secret alone. */
export function seal(text: string, secret: string): string {
  const iv = randomBytes(lengths.iv);
  const cipher = createCipheriv(algorithm, keyOf(secret), iv);
  const parts = [iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(parts).toString('base64url');
}

/** @returns undefined when it was not sealed with this secret */
export function unseal(sealed: string, secret: string): string | undefined {
  const bytes = Buffer.from(sealed, 'base64url');
  if (bytes.length < lengths.iv + lengths.tag) return undefined;
  const decipher = createDecipheriv(algorithm, keyOf(secret), bytes.subarray(0, lengths.iv));
  decipher.setAuthTag(bytes.subarray(-lengths.tag));
  try {
    const text = decipher.update(bytes.subarray(lengths.iv, -lengths.tag));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

function keyOf(secret: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, '', 'sealed text', 32));
}
