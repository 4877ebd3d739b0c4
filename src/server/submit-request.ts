import { createHash } from 'node:crypto';
import type * as z from 'zod';
import { canonicalJson } from '../domain/canonical-json.ts';
import { buildSecretsOf } from '../domain/plan.ts';
import { TwinhullError } from '../errors/twinhull-error.ts';
import { requireBuild } from '../pipeline/change-build.ts';
import { type SubmitRequest, type SubmitResult, submitBuild } from '../pipeline/submit-build.ts';
import type { AnsweredRequest, AskedRequest } from '../ports/request-store.ts';
import type { Caller } from './auth/authenticate.ts';
import type { ServerParts } from './parts.ts';
import { planRequested } from './plan-request.ts';
import type { submitBody } from './request-schemas.ts';

/** How long an Idempotency-Key is remembered, in milliseconds. */
const keyLifetime = 24 * 3_600_000;

type SubmitBody = z.output<typeof submitBody>;

/** Who asks, and under which Idempotency-Key. */
export interface SubmitSender {
  readonly caller: Pick<Caller, 'id' | 'name'>;
  readonly key: string | undefined;
}

/**
 * Accepts a build. With a key, the same request gets the same build again, also after that has failed, when it would
 * else be built anew.
 *
 * @throws IdempotencyKeyReused, and what planning, checking the backend and submitting throw
 */
export async function submitRequested(
  body: SubmitBody,
  { caller, key }: SubmitSender,
  parts: ServerParts,
): Promise<SubmitResult> {
  return answerOnce(body, { caller, key }, parts, async (request) => {
    const { plan, reference } = await planRequested(body, parts);
    return submitPlan({ plan, reference, force: body.force, by: caller.name, request }, parts);
  });
}

/**
 * What `submit` answers to `asked`, the first time; what it answered then, from there on. A build that is made keeps
 * that it is the answer to `request` by itself, so that a crash before this function's end does not make another.
 *
 * @throws IdempotencyKeyReused when the key came with something else, and what `submit` throws
 */
export async function answerOnce(
  asked: object,
  { caller, key }: SubmitSender,
  { requests, clock, store }: Pick<ServerParts, 'requests' | 'clock' | 'store'>,
  submit: (request?: AskedRequest) => Promise<SubmitResult>,
): Promise<SubmitResult> {
  if (key === undefined) return submit();
  const fingerprint = createHash('sha256').update(canonicalJson(asked)).digest('hex');
  const known = await requests.find(caller.id, key);
  if (known !== undefined && known.at > clock.now() - keyLifetime) return answered(known);
  const request = { owner: caller.id, key, fingerprint, at: clock.now() };
  const keepAfter = request.at - keyLifetime;
  const result = await submit({ ...request, keepAfter });
  // A build that was made has it in the store by now.
  if (result.outcome === 'created') return result;
  const own = { ...request, buildId: result.build.id };
  // The same request may have come twice at once: whichever was recorded first is the answer to both.
  const standing = await requests.record(own, keepAfter);
  return standing.fingerprint === fingerprint && standing.buildId === own.buildId ? result : answered(standing);

  async function answered(request: AnsweredRequest): Promise<SubmitResult> {
    if (request.fingerprint !== fingerprint)
      throw new TwinhullError('IdempotencyKeyReused', `the Idempotency-Key "${key ?? ''}" came with another body`);
    const build = await requireBuild(store, request.buildId);
    return { outcome: build.state === 'published' ? 'exists' : 'joined', build };
  }
}

/** Accepts a plan, once its jobs can be started at all. @throws what checking the backend and submitting throw */
export async function submitPlan(request: SubmitRequest, parts: ServerParts): Promise<SubmitResult> {
  const { store, clock, backend, registryFor, wake } = parts;
  const { plan } = request;
  await backend.check(
    plan.jobs.map(({ platform }) => platform),
    buildSecretsOf(plan.jobs),
  );
  const result = await submitBuild(request, { store, clock, registry: registryFor(plan.destination.repository) });
  wake();
  return result;
}
