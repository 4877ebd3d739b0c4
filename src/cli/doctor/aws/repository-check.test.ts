import { expect, it } from 'vitest';
import { judgeRepository } from './repository-check.ts';

const uri = '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/vecoli';
const judge = (mutability: string, exclusions: readonly string[] = []) =>
  judgeRepository('repository', { arn: 'arn', uri, tags: { setting: mutability, exclusions } });
const canBeOverwritten = { status: 'warning', detail: expect.stringContaining('can overwrite') };
const cannotMove = { status: 'warning', detail: expect.stringContaining('cannot move') };

it('accepts fixed published tags with movable others', () => {
  expect(judge('IMMUTABLE_WITH_EXCLUSION', ['staging-*', 'cache-*', 'latest'])).toEqual([
    { name: 'repository', status: 'ok', detail: `${uri}, IMMUTABLE_WITH_EXCLUSION (staging-*, cache-*, latest)` },
  ]);
});

it('warns of published tags that can be overwritten, and of tags that cannot move', () => {
  expect(judge('MUTABLE')).toMatchObject([canBeOverwritten]);
  expect(judge('IMMUTABLE')).toMatchObject([cannotMove]);
  expect(judge('IMMUTABLE_WITH_EXCLUSION', ['*'])).toMatchObject([canBeOverwritten]);
  expect(judge('IMMUTABLE_WITH_EXCLUSION', ['staging-*', 'latest'])).toMatchObject([
    { ...cannotMove, detail: expect.stringContaining('cache-task-arm64') },
  ]);
  expect(judge('MUTABLE_WITH_EXCLUSION', ['cache-*'])).toMatchObject([canBeOverwritten, cannotMove]);
});

it('matches a dot in a pattern literally', () => {
  expect(judge('IMMUTABLE_WITH_EXCLUSION', ['cache-*', 'lat.st'])).toMatchObject([
    { ...cannotMove, detail: expect.stringContaining('latest') },
  ]);
});
