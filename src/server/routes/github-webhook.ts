import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { buildStates } from '../../domain/build.ts';
import { TwinhullError } from '../../domain/errors/twinhull-error.ts';
import { defaultWhenBusy } from '../../domain/queue-policy.ts';
import { visible } from '../../domain/quoted.ts';
import { allowedDestination, allowedRepository } from '../allowance.ts';
import { judgePush, type PushEvent, parsePushEvent } from '../github/push-event.ts';
import type { GitHubPushes, PushRecipe } from '../github/push-recipes.ts';
import { SignatureGuard } from '../github/signature-guard.ts';
import type { ServerParts } from '../parts.ts';
import { answerOnce, submitPlan } from '../requests/submit-request.ts';
import { problems } from '../schemas/answers.ts';
import type { App, Routes } from './route.ts';

/**
 * In bytes. GitHub sends up to 25 MB, but never more than 2,048 commits in a push; and a sender without a secret must
 * not be able to fill the memory.
 */
const bodyLimit = 5 * 1024 * 1024;

const headers = z.looseObject({
  'x-github-event': z.string().regex(/^[a-z_]{1,60}$/, { error: 'it is not a type of event' }),
  'x-github-delivery': z.string().regex(/^[\x21-\x7e]{1,100}$/, { error: 'it is not an id of a delivery' }),
  'x-hub-signature-256': z.string().describe('HMAC of the body with the secret of the webhook'),
});

const answer = z
  .object({
    ignored: z.string().nullable().describe('why it starts no build'),
    builds: z.array(
      z
        .object({
          id: z.string(),
          recipe: z.string(),
          outcome: z.enum(['created', 'joined', 'exists']),
          state: z.enum(buildStates).describe('waiting: builds ahead of it publish the same tags'),
        })
        .readonly(),
    ),
  })
  .meta({ id: 'Push' });

/**
 * Pushes at GitHub, each guarded by its signature. It has its own context, because only here the body stays unparsed.
 */
export const gitHubWebhookRoutes: Routes = (app, parts) => {
  const guard = new SignatureGuard(parts, bodyLimit);
  void app.register(async (own: App) => {
    own.removeAllContentTypeParsers();
    own.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
    own.addContentTypeParser('application/x-www-form-urlencoded', (_request, _body, done) => done(formRefused()));
    own.post(
      '/webhooks/github',
      {
        config: { access: 'public' },
        bodyLimit,
        schema: {
          summary: 'Webhook for pushes at GitHub, verified by its signature; other events are ignored',
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
  /** Chosen by the sender: it is not signed. */
  readonly delivery: string;
  /** SHA-256 of the body, which is signed. */
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
  // A refused recipe does not stop the others; when the push is sent again, the missing ones are built.
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

/** Builds exactly the commit that was pushed, even if the branch has moved since. */
async function submitPush(
  { recipe: { source, recipe }, repository, branch, commit, digest, by }: PushSubmit,
  parts: ServerParts,
): Promise<Pushed['builds'][number]> {
  // Keyed by the body, so that a captured body and its signature start nothing under another delivery id.
  const sender = { caller: { id: 'github', name: by }, key: `${digest} ${source}` };
  const { build, outcome } = await answerOnce(
    { repository, branch, commit, source },
    sender,
    parts,
    async (request) => {
      const destination = allowedDestination(undefined, parts.options.allowance);
      const plan = await parts.preparePlan({
        ...{ recipe, repository, reference: commit, branch, destination },
        origin: 'operator',
      });
      const ifBusy = recipe.pushWhenBusy ?? defaultWhenBusy;
      return submitPlan({ plan, reference: branch, force: false, ifBusy, by, request }, parts);
    },
  );
  return { id: build.id, recipe: recipe.name, outcome, state: build.state };
}

/** @throws WebhookNotSetUp */
function pushesOf({ gitHub }: ServerParts): GitHubPushes {
  if (gitHub === undefined)
    throw new TwinhullError('WebhookNotSetUp', 'this service does not accept webhooks from GitHub: no secret is set');
  return gitHub;
}

function bodyOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

function formRefused(): TwinhullError {
  return new TwinhullError('RequestInvalid', 'the webhook is sent as a form, not as JSON', {
    hint: 'choose the content type application/json in the settings of the webhook at GitHub',
  });
}
