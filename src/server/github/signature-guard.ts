import type { FastifyReply, FastifyRequest } from 'fastify';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import { RateLimiter } from '../auth/rate-limiter.ts';
import type { ServerParts } from '../parts.ts';
import { checkSignature, parseSignature } from './signature.ts';
import { UncheckedBodies } from './unchecked-bodies.ts';

/** Bodies of the largest size that may be on their way at a time, unchecked. */
const mostLargest = 8;

/** Lets in what is signed. Until that is known, a request gets little memory, and whoever guesses is counted by address. */
export class SignatureGuard {
  readonly #bodyLimit: number;
  readonly #unchecked: UncheckedBodies;
  readonly #limiter: RateLimiter;

  /** @param bodyLimit in bytes */
  constructor({ clock, options }: Pick<ServerParts, 'clock' | 'options'>, bodyLimit: number) {
    this.#bodyLimit = bodyLimit;
    this.#unchecked = new UncheckedBodies(mostLargest * bodyLimit);
    this.#limiter = new RateLimiter(options.rateLimit, clock);
  }

  /** Before the body is read. @throws SignatureInvalid, TooManyRequests */
  enter(request: FastifyRequest, reply: FastifyReply): void {
    try {
      signatureOf(request);
    } catch (error) {
      throw this.#counted(error, request, reply);
    }
    if (!this.#unchecked.take(request, this.#mostOf(request))) {
      reply.header('retry-after', '1');
      throw new TwinhullError('TooManyRequests', 'too many deliveries are on their way whose signature is unchecked', {
        hint: 'deliver it again once the others are through',
      });
    }
    // Answered, or broken off.
    reply.raw.once('close', () => this.#unchecked.release(request));
  }

  /** @throws SignatureInvalid, TooManyRequests */
  async check(body: string, secrets: readonly string[], request: FastifyRequest, reply: FastifyReply): Promise<void> {
    try {
      await checkSignature(body, signatureOf(request), secrets);
    } catch (error) {
      throw this.#counted(error, request, reply);
    }
    this.#unchecked.release(request);
  }

  /** In bytes. Whoever does not say how much comes may send as much as is taken. */
  #mostOf({ headers }: FastifyRequest): number {
    const length = headers['content-length'];
    return length === undefined ? this.#bodyLimit : Math.min(Number(length), this.#bodyLimit);
  }

  #counted(error: unknown, { ip }: FastifyRequest, reply: FastifyReply): unknown {
    if (TwinhullError.is(error, 'SignatureInvalid')) this.#limiter.take(`address ${ip}`, reply);
    return error;
  }
}

function signatureOf({ headers }: FastifyRequest): string {
  return parseSignature(headers['x-hub-signature-256']);
}
