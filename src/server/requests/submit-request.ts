import { createHash } from 'node:crypto';
import type * as z from 'zod';
import { canonicalJson } from '../../domain/canonical-json.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { requireBuild } from '../../pipeline/change-build.ts';
import { type SubmitRequest, type SubmitResult, submitBuild } from '../../pipeline/submit-build.ts';
import type { AnsweredRequest, AskedRequest } from '../../ports/request-store.ts';
import type { Caller } from '../auth/authenticate.ts';
import type { ServerParts } from '../parts.ts';
import type { submitBody } from '../schemas/request-schemas.ts';
import { planRequested } from './plan-request.ts';

/** How long an Idempotency-Key is kept, in milliseconds. */
const keyLifetime = 24 * 3_600_000;

type SubmitBody = z.output<typeof submitBody>;

/** The caller and its Idempotency-Key. */
export interface SubmitSender {
  readonly caller: Pick<Caller, 'id' | 'name'>;
  readonly key: string | undefined;
}

/**
 * Accepts a build. With a key, the same request returns the same build again, even after it failed, when the build
 * would otherwise run again.
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
    return submitPlan({ plan, reference, force: body.force, ifBusy: body.ifBusy, by: caller.name, request }, parts);
  });
}

/**
 * Calls `submit` for `asked` the first time, and returns the same build from then on. A new build itself records that
 * it answers `request`, so that a crash before this function returns does not create another.
 *
 * @throws IdempotencyKeyReused when the key came with another request, and what `submit` throws
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
  // The store already has this for a build that was created.
  if (result.outcome === 'created') return result;
  const own = { ...request, buildId: result.build.id };
  // The same request may arrive twice at once: the result recorded first answers both.
  const standing = await requests.record(own, keepAfter);
  return standing.fingerprint === fingerprint && standing.buildId === own.buildId ? result : answered(standing);

  async function answered(request: AnsweredRequest): Promise<SubmitResult> {
    if (request.fingerprint !== fingerprint)
      throw new TwinhullError(
        'IdempotencyKeyReused',
        `the Idempotency-Key "${key ?? ''}" was used with a different body`,
      );
    const build = await requireBuild(store, request.buildId);
    return { outcome: build.state === 'published' ? 'exists' : 'joined', build };
  }
}

/** Accepts a plan. @throws as `submitBuild` */
export async function submitPlan(request: SubmitRequest, parts: ServerParts): Promise<SubmitResult> {
  const { store, clock, backend, registryFor, wake } = parts;
  const { plan } = request;
  const registry = registryFor(plan.destination.repository);
  const result = await submitBuild(request, { store, clock, backend, registry });
  wake();
  return result;
}
