import * as z from 'zod';
import { buildIdForm, buildStates } from '../../domain/build.ts';
import { isSha256Commit, whyNoCommit } from '../../domain/commit.ts';
import { platforms } from '../../domain/platform.ts';
import { ifBusyPolicies } from '../../domain/queue-policy.ts';
import { cursorPattern } from '../streams/follow-cursor.ts';

export const buildId = z.string().regex(buildIdForm, { error: 'it is not the id of a build' });

export const buildParams = z.strictObject({ id: buildId });

const commitPrefix = z.string().regex(/^[0-9a-f]{7,40}$/, { error: 'a commit has 7 to 40 hexadecimal digits' });
const name = z.string().min(1).max(1024);
/** Compared with stored text, which PostgreSQL does not search for a NUL. */
const label = name.refine((text) => !/\p{Cc}/u.test(text), { error: 'it has a control character' });
/** The number of an event, or a byte offset in a log. */
const position = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const planBody = z.strictObject({
  repository: name.optional().describe('git repository, an https:// URL. Default: that of the service'),
  ref: name
    .optional()
    .describe(
      'branch, tag, full name of another reference (`refs/pull/1/head`), or the beginning of a commit: this or `commit`',
    ),
  commit: z
    .string()
    .regex(/^[0-9a-fA-F]{40}$/, {
      error: ({ input }) =>
        isSha256Commit(String(input)) ? whyNoCommit(String(input)) : 'give all 40 hexadecimal digits',
    })
    .optional()
    .describe('the commit, all 40 digits'),
  recipe: z
    .union([z.string().min(1).max(100), z.record(z.string(), z.unknown())])
    .describe('name of a preset (see /v1/recipes), or a recipe: schema/recipe.schema.json'),
  destination: name.optional().describe('repository in a registry, host[:port]/path. Default: that of the service'),
});

export const submitBody = planBody.extend({
  force: z
    .boolean()
    .default(false)
    .describe('build even if the images exist; take over moving tags of other owners, and tags of unknown owners'),
  // Without a default: a body that is sent again after an upgrade must have the same fingerprint.
  ifBusy: z
    .enum(ifBusyPolicies)
    .optional()
    .describe('what to do while another build publishes one of its tags. Default: refuse (docs/recipes.md)'),
});

export const submitHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, { error: 'give 1 to 200 printable ASCII characters' })
    .optional()
    .describe('The same key with the same body returns the same build for a day, whatever its state'),
});

const state = z.enum(buildStates);

export const listQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  state: z.union([state, z.array(state).max(buildStates.length)]).optional(),
  commit: commitPrefix.optional(),
  repository: name.optional(),
  branch: label.optional().describe('builds of this branch'),
  recipe: label.optional().describe('builds of the recipe of this name'),
  submittedBy: label.optional().describe('`submittedBy` of a build'),
  search: z
    .string()
    .regex(/^[0-9a-z]{4,40}$/, { error: 'give 4 to 40 lower-case letters and digits' })
    .optional()
    .describe('the beginning of a commit or of a build id, at least 4 characters'),
  before: buildId.optional().describe('`next` of the page before'),
});

export const badgeQuery = z
  .strictObject({
    branch: label.optional(),
    recipe: label.optional().describe('name of the recipe'),
    repository: name.optional(),
  })
  .refine(({ branch, recipe, repository }) => (branch ?? recipe ?? repository) !== undefined, {
    error: 'name a branch, a recipe or a repository',
  });

export const trendsQuery = z.strictObject({
  days: z.coerce.number().int().min(1).max(366).default(30).describe('how many days, today included'),
  recipe: label.optional().describe('only the recipe of this name. Default: all together'),
});

export const manifestsQuery = z.strictObject({
  image: name.describe('image of the recipe'),
  platform: z.enum(platforms),
});

export const imagesQuery = z.strictObject({
  commit: commitPrefix.optional(),
  limit: z.coerce.number().int().min(1).max(50).default(20),
});

export const eventsQuery = z.strictObject({
  after: position.optional().describe('`next` of the page before; of a stream, where to begin. Default: the beginning'),
  limit: z.coerce.number().int().min(1).max(1000).default(200),
});

export const buildEventsQuery = eventsQuery.extend({
  build: z
    .enum(['true', 'false'])
    .optional()
    .describe(
      '`true`: a stream also sends events of type `build` without an id: the build as `/v1/builds/{id}` returns it, at the beginning and after changes',
    ),
});

export const logParams = z.strictObject({ id: buildId, platform: z.enum(['arm64', 'amd64']) });

const attempt = z.coerce.number().int().min(1).max(10_000);
const lastAttempt = attempt.optional().describe('Default: the last one');

export const logQuery = z.strictObject({
  attempt: lastAttempt,
  download: z.enum(['true', 'false']).optional().describe('`true` to have a browser save the text as a file'),
  times: z
    .enum(['true', 'false'])
    .optional()
    .describe('`true` to begin each line with its time and a space, or with `- ` where that was not stored'),
  offset: position
    .optional()
    .describe(
      '`twinhull-next-offset` of a response, or id of a streamed event. A last line without a newline counts one byte more',
    ),
  from: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('number of the first line, instead of `offset`; not for a stream'),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('how many lines at most; not for a stream. Default: all'),
});

export const logOutlineQuery = z.strictObject({ attempt: lastAttempt });

const lineCount = z.coerce.number().int().min(1).max(10_000);

const lineNumber = z.coerce
  .number()
  .int()
  .min(1)
  .max(Number.MAX_SAFE_INTEGER)
  .default(1)
  .describe('number of a line, or `next` of the page before');

const searched = z.string().min(1).max(500);

const asPattern = z
  .enum(['true', 'false'])
  .optional()
  .describe(
    '`true`: `search` is a regular expression in the syntax of RE2. Of long lines the beginning is searched, 16,384 characters or fewer where the expression is complex, and one request searches for about a second: `more` and `next` continue',
  );

export const logMatchesQuery = z.strictObject({
  attempt: lastAttempt,
  from: lineNumber,
  limit: z.coerce.number().int().min(1).max(100_000).default(10_000).describe('how many numbers at most'),
  search: searched.optional().describe('the text, in upper or lower case'),
  regex: asPattern,
  errors: z
    .enum(['true'])
    .optional()
    .describe('instead of `search`: lines that read like errors, such as those with the word `failed`'),
});

export const logLinesQuery = z.strictObject({
  attempt: lastAttempt,
  from: lineNumber,
  limit: lineCount.optional().describe('how many lines at most. Default: 1000, or all of `tail`'),
  tail: lineCount.optional().describe('the last so many lines, instead of the first'),
  width: z.coerce
    .number()
    .int()
    .min(80)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('how many characters of a line at most; `cut` then counts the others. Default: all'),
  search: searched
    .optional()
    .describe('only lines that contain this text, in upper or lower case; without it all lines'),
  regex: asPattern,
});

/** Streams resume after the last event that a client received. */
export const resumeHeaders = z.looseObject({
  'last-event-id': z
    .string()
    .regex(/^\d{1,15}$/, { error: 'it is not an id that a stream gave' })
    .optional()
    .describe('Of a stream: the id after which to continue'),
});

export const followQuery = z.strictObject({
  logs: z.enum(['true', 'false']).default('true').describe('whether to include logs'),
  platform: z.enum(platforms).optional().describe('only the log of this platform'),
});

export const followHeaders = z.looseObject({
  'last-event-id': z
    .string()
    .regex(cursorPattern, { error: 'it is not an id that a stream gave' })
    .optional()
    .describe('The id after which to continue'),
});

export const rawLogQuery = z.strictObject({
  attempt: attempt.describe('its number in the build'),
});

export const signInBody = z.union([
  z.strictObject({ token: z.string().max(200).describe('an API token') }),
  z.strictObject({ link: z.string().max(200).describe('the part after `#` of a link that `twinhull open` printed') }),
]);

export const promotionBody = z.strictObject({
  commit: z.string().max(1024).describe('a published commit, 7 to 40 hexadecimal digits'),
  tag: z.string().max(1024).describe('tag to move, such as stable'),
  image: name.optional().describe('image of the recipe. Default: the first'),
  force: z.boolean().optional().describe('take the tag over from another owner'),
});
