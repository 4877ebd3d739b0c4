import type { FastifyReply, FastifyRequest } from 'fastify';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { RateLimiter } from '../auth/rate-limiter.ts';
import type { ServerParts } from '../parts.ts';
import { checkSignature, parseSignature } from './signature.ts';
import { UncheckedBodies } from './unchecked-bodies.ts';

/** Number of bodies of the largest size that may be unchecked at a time. */
const mostLargest = 8;

/**
 * Admits signed requests. Until the signature is checked a request gets little memory, and failures are counted by
 * address.
 */
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
      throw new TwinhullError('TooManyRequests', 'too many deliveries are waiting for the check of their signature', {
        hint: 'deliver it again later',
      });
    }
    // Either answered or aborted.
    reply.raw.once('close', () => this.#unchecked.release(request));
  }

  /** @throws SignatureInvalid, TooManyRequests */
  check(body: Uint8Array, secrets: readonly string[], request: FastifyRequest, reply: FastifyReply): void {
    try {
      checkSignature(body, signatureOf(request), secrets);
    } catch (error) {
      throw this.#counted(error, request, reply);
    }
    this.#unchecked.release(request);
  }

  /** In bytes. A request without a Content-Length counts as the largest body accepted. */
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
