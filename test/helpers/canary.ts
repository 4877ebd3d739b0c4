import { randomBytes } from 'node:crypto';

/** A secret that cannot occur by chance, with the characters that encodings change. */
export function makeCanary(): string {
  return `canary+/=@${randomBytes(12).toString('hex')}%~`;
}

/** Which forms of the secret this text or these bytes contain. */
export function formsOf(canary: string, content: string | Buffer): string[] {
  const bytes = Buffer.from(content as string);
  return Object.entries(encodings(canary))
    .filter(([, form]) => bytes.includes(form))
    .map(([name]) => name);
}

function encodings(canary: string): Record<string, string> {
  const login = `x-access-token:${canary}`;
  return {
    plain: canary,
    'its random part': canary.slice(10, 34),
    'url-encoded': encodeURIComponent(canary),
    hexadecimal: Buffer.from(canary).toString('hex'),
    'base64, as basic authentication has it': Buffer.from(login).toString('base64').replace(/=+$/, '').slice(0, -1),
    ...Object.fromEntries([0, 1, 2].map((shift) => [`base64, shifted by ${shift}`, shiftedBase64(canary, shift)])),
  };
}

/** The characters of a base64 text that encode the secret alone, when it begins `shift` bytes into a group. */
function shiftedBase64(canary: string, shift: number): string {
  const whole = Buffer.from('\0'.repeat(shift) + canary)
    .toString('base64')
    .replace(/=+$/, '');
  return whole.slice(shift === 0 ? 0 : 4, -2);
}
