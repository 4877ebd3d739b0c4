import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { visible } from '../../domain/quoted.ts';
import { TwinhullError } from '../../errors/twinhull-error.ts';
import { allowedDestination, allowedRepository } from '../allowance.ts';
import { judgePush, type PushEvent, parsePushEvent } from '../github/push-event.ts';
import type { GitHubPushes, PushRecipe } from '../github/push-recipes.ts';
import { SignatureGuard } from '../github/signature-guard.ts';
import type { ServerParts } from '../parts.ts';
import { problems } from '../schemas.ts';
import { answerOnce, submitPlan } from '../submit-request.ts';
import type { App, Routes } from './route.ts';

/**
 * In bytes. GitHub sends up to 25 MB, but of a push never more than 2,048 commits; and whoever has no secret must not be
 * able to have much kept in memory.
 */
const bodyLimit = 5 * 1024 * 1024;

const headers = z.looseObject({
  'x-github-event': z.string().regex(/^[a-z_]{1,60}$/, { error: 'it is no type of event' }),
  'x-github-delivery': z.string().regex(/^[\x21-\x7e]{1,100}$/, { error: 'it is no id of a delivery' }),
  'x-hub-signature-256': z.string().describe('HMAC of the body with the secret of the webhook'),
});

const answer = z
  .object({
    ignored: z.string().nullable().describe('why nothing is built of it'),
    builds: z.array(
      z.object({ id: z.string(), recipe: z.string(), outcome: z.enum(['created', 'joined', 'exists']) }).readonly(),
    ),
  })
  .meta({ id: 'Push' });

/** Pushes at GitHub, each guarded by its signature. In a context of its own, because only here a body is left as it came. */
export const gitHubWebhookRoutes: Routes = (app, parts) => {
  const guard = new SignatureGuard(parts, bodyLimit);
  void app.register(async (own: App) => {
    own.removeAllContentTypeParsers();
    own.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => done(null, body));
    own.addContentTypeParser('application/x-www-form-urlencoded', (_request, _body, done) => done(formRefused()));
    own.post(
      '/webhooks/github',
      {
        config: { access: 'public' },
        bodyLimit,
        schema: {
          summary: 'Webhook for pushes at GitHub, checked by its signature; other events are left alone',
          tags: ['webhooks'],
          headers,
          response: { 200: z.object({ status: z.literal('ok') }), 202: answer, 204: z.null(), ...problems },
        },
        onRequest: async (request, reply) => {
          pushesOf(parts);
          guard.enter(request, reply);
        },
        preValidation: async (request, reply) =>
          guard.check(bodyOf(request), await pushesOf(parts).secrets(), request, reply),
      },
      async (request, reply) => {
        const event = request.headers['x-github-event'];
        if (event === 'ping') return reply.send({ status: 'ok' });
        if (event !== 'push') return reply.code(204).send(null);
        const delivery = request.headers['x-github-delivery'];
        const body = bodyOf(request);
        const digest = createHash('sha256').update(body).digest('hex');
        const pushed = await takePush(parsePushEvent(body), { delivery, digest }, parts);
        request.log.info({ delivery, ...pushed }, 'push taken');
        return reply.code(202).send(pushed);
      },
    );
  });
};

type Pushed = z.output<typeof answer>;

interface Delivery {
  /** Whatever the sender says: it is not signed. */
  readonly delivery: string;
  /** SHA-256 of the body, which is. */
  readonly digest: string;
}

/** @throws NotAllowedHere, RecipeInvalid, RecipeNotFound, and what planning and submitting a build throw */
async function takePush(push: PushEvent, { delivery, digest }: Delivery, parts: ServerParts): Promise<Pushed> {
  const repository = allowedRepository(push.repository.clone_url, parts.options.allowance);
  const judged = judgePush(push, repository, await pushesOf(parts).recipes());
  if ('ignored' in judged) return { ignored: judged.ignored, builds: [] };
  const { branch } = judged;
  const by = `github:${delivery}/${visible(push.pusher.name).slice(0, 100)}`;
  const submits = judged.recipes.map((recipe) =>
    submitPush({ recipe, repository, branch, commit: push.after, digest, by }, parts),
  );
  // One that is refused keeps none of the others from being built; sent again, the push gets what is missing.
  await Promise.allSettled(submits);
  return { ignored: null, builds: await Promise.all(submits) };
}

interface PushSubmit {
  readonly recipe: PushRecipe;
  readonly repository: string;
  readonly branch: string;
  readonly commit: string;
  readonly digest: string;
  readonly by: string;
}

/** Builds exactly the commit that was pushed, wherever the branch stands by now. */
async function submitPush(
  { recipe: { source, recipe }, repository, branch, commit, digest, by }: PushSubmit,
  parts: ServerParts,
): Promise<Pushed['builds'][number]> {
  // By the body, so that whoever has got hold of one with its signature starts nothing with it under another id.
  const sender = { caller: { id: 'github', name: by }, key: `${digest} ${source}` };
  const { build, outcome } = await answerOnce(
    { repository, branch, commit, source },
    sender,
    parts,
    async (request) => {
      const destination = allowedDestination(undefined, parts.options.allowance);
      const plan = await parts.preparePlan({ recipe, repository, reference: commit, branch, destination });
      return submitPlan({ plan, reference: branch, force: false, by, request }, parts);
    },
  );
  return { id: build.id, recipe: recipe.name, outcome };
}

/** @throws WebhookNotSetUp */
function pushesOf({ gitHub }: ServerParts): GitHubPushes {
  if (gitHub === undefined)
    throw new TwinhullError('WebhookNotSetUp', 'this service takes no webhooks from GitHub: no secret is set');
  return gitHub;
}

function bodyOf({ body }: FastifyRequest): string {
  return typeof body === 'string' ? body : '';
}

function formRefused(): TwinhullError {
  return new TwinhullError('RequestInvalid', 'the webhook is sent as a form, not as JSON', {
    hint: 'choose the content type application/json in the settings of the webhook at GitHub',
  });
}
