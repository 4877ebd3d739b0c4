import * as z from 'zod';
import { shortCommit } from '../../domain/commit.ts';
import { parseRepository } from '../../domain/git-repository.ts';
import { badge } from '../pages/badge.ts';
import { securityHeaders } from '../pages/security-headers.ts';
import { problems } from '../schemas/answers.ts';
import { badgeQuery } from '../schemas/request-schemas.ts';
import type { Routes } from './route.ts';

const colors = { label: '#3d4450', published: '#116b36', none: '#5a6472' } as const;

/** A picture for READMEs and dashboards: the last published commit. */
export const badgeRoutes: Routes = (app, { store }) => {
  app.get(
    '/badge.svg',
    {
      config: { access: 'read' },
      schema: {
        summary: 'A badge: the last published commit of a branch, a recipe or a repository',
        tags: ['builds'],
        querystring: badgeQuery,
        produces: ['image/svg+xml'],
        response: { 200: z.string(), ...problems },
      },
    },
    async ({ query: { branch, recipe, repository: url } }, reply) => {
      const repository = url === undefined ? undefined : parseRepository(url);
      const [found] = await store.list({ states: ['published'], branch, recipe, repository, limit: 1 });
      const named = [recipe, branch].filter((text) => text !== undefined);
      const label = named.length > 0 || repository === undefined ? named.join(' · ') : repositoryPath(repository);
      const message =
        found === undefined
          ? { text: 'not published', background: colors.none }
          : { text: shortCommit(found.commit), background: colors.published };
      return reply
        .headers({ ...securityHeaders, 'cache-control': 'private, no-cache' })
        .header('content-type', 'image/svg+xml; charset=utf-8')
        .send(badge({ text: label, background: colors.label }, message));
    },
  );
};

/** `https://git.example/acme/model.git` as `acme/model`. */
function repositoryPath(repository: string): string {
  return new URL(repository).pathname.replace(/^\//, '').replace(/\.git$/, '');
}
