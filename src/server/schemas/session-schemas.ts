import * as z from 'zod';
import { time } from '../../build-json/job-shapes.ts';
import { scopes } from '../../ports/token-store.ts';

export const sessionSchema = z
  .object({
    name: z.string().describe('name of the API token, or email address of the person'),
    scope: z.enum(scopes),
    expiresAt: time.nullable().describe('null for a request that carries the token itself'),
  })
  .meta({ id: 'Session' });

export const signedOutSchema = sessionSchema
  .extend({
    signOutUrl: z.string().nullable().describe('where the OpenID provider ends its own session, if it offers that'),
  })
  .meta({ id: 'SignedOut' });

export const signInMethodsSchema = z
  .object({
    openId: z
      .object({
        name: z.string().describe('host of the provider'),
        url: z.string().describe('where a browser begins; the query `returnTo` names the page to show afterwards'),
      })
      .nullable()
      .describe('null where only API tokens are accepted'),
  })
  .meta({ id: 'SignInMethods' });
