import * as z from 'zod';
import { buildStates } from '../domain/build.ts';
import { buildIdForm } from '../domain/build-id.ts';
import { platforms } from '../domain/platform.ts';
import { cursorPattern } from './follow/follow-cursor.ts';

export const buildId = z.string().regex(buildIdForm, { error: 'it is not the id of a build' });

export const buildParams = z.strictObject({ id: buildId });

const commitPrefix = z.string().regex(/^[0-9a-f]{7,40}$/, { error: 'a commit has 7 to 40 hexadecimal digits' });
const name = z.string().min(1).max(1024);
/** The number of an event, or a byte of a log. */
const position = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const planBody = z.strictObject({
  repository: name.optional().describe('git repository, an https:// URL; without it the service’s own'),
  ref: name.optional().describe('branch, tag, or the beginning of a commit: this or `commit`'),
  commit: z
    .string()
    .regex(/^[0-9a-fA-F]{40}$/, { error: 'give all 40 hexadecimal digits' })
    .optional()
    .describe('the commit, all 40 digits'),
  recipe: z
    .union([z.string().min(1).max(100), z.record(z.string(), z.unknown())])
    .describe('name of a preset (see /v1/recipes), or a recipe: schema/recipe.schema.json'),
  destination: name.optional().describe('repository in a registry, host[:port]/path; without it the service’s own'),
});

export const submitBody = planBody.extend({
  force: z.boolean().default(false).describe('build although the images exist, and replace their tags'),
});

export const submitHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, { error: 'give 1 to 200 printable ASCII characters' })
    .optional()
    .describe('The same key with the same body gets the same build, for a day, whatever became of it'),
});

const state = z.enum(buildStates);

export const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  state: z.union([state, z.array(state).max(5)]).optional(),
  commit: commitPrefix.optional(),
  repository: name.optional(),
  before: buildId.optional().describe('`next` of the page before'),
});

export const imagesQuery = z.strictObject({
  commit: commitPrefix.optional(),
  limit: z.coerce.number().int().min(1).max(50).default(20),
});

export const eventsQuery = z.strictObject({
  after: position.optional().describe('`next` of the page before; of a stream, where to begin. Default: the beginning'),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});

export const logParams = z.strictObject({ id: buildId, platform: z.enum(['arm64', 'amd64']) });

export const logQuery = z.strictObject({
  attempt: z.coerce.number().int().min(1).max(10_000).optional().describe('Default: the last one'),
  offset: position
    .optional()
    .describe(
      '`twinhull-next-offset` of an answer, or id of a streamed event. What is left of an ended log without a newline counts as one byte more',
    ),
});

/** Streams go on after the last event that a client has seen. */
export const resumeHeaders = z.looseObject({
  'last-event-id': z
    .string()
    .regex(/^\d{1,15}$/, { error: 'it is not an id that a stream gave' })
    .optional()
    .describe('Of a stream: the id after which to go on'),
});

export const followQuery = z.strictObject({
  logs: z.enum(['true', 'false']).default('true').describe('whether logs are wanted, too'),
  platform: z.enum(platforms).optional().describe('only the log of this platform'),
});

export const followHeaders = z.looseObject({
  'last-event-id': z
    .string()
    .regex(cursorPattern, { error: 'it is not an id that a stream gave' })
    .optional()
    .describe('The id after which to go on'),
});

export const rawLogQuery = z.strictObject({
  attempt: z.coerce.number().int().min(1).max(10_000).describe('its number in the build'),
});

export const promotionBody = z.strictObject({
  commit: z.string().max(1024).describe('a published commit, all 40 digits or the first 7 or more'),
  tag: z.string().max(1024).describe('tag to move, such as stable'),
  image: name.optional().describe('image of the recipe; the first one without it'),
});
