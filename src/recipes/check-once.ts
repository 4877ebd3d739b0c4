import { namesCommit } from '../domain/recipe-placeholders.ts';
import type { ImageDocument } from './recipe-document.ts';
import type { RecipeProblem } from './recipe-problem.ts';
import { baseOf } from './resolve-images.ts';

/** Problems of `dockerfile.once`: arguments that are taken, or that change with the commit. */
export function checkOnce(image: ImageDocument): RecipeProblem[] {
  const { once = {}, args = {} } = image.dockerfile ?? {};
  const names = Object.keys(once);
  if (names.length === 0) return [];
  const base = baseOf(image)?.argument;
  const taken = names.filter((name) => name === base || Object.hasOwn(args, name));
  const changing = Object.entries(args).filter(([, text]) => namesCommit(text) || text.includes('{branch}'));
  return [
    ...taken.map((name) => ({
      path: ['dockerfile', 'once', name],
      reason: 'this argument has another value already: name another one',
      key: true,
    })),
    ...changing.map(([name]) => ({
      path: ['dockerfile', 'args', name],
      reason: 'it changes with the commit, so that no stage could be built once: leave out the placeholder, or `once`',
    })),
  ];
}
