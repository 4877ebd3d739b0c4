import { expect, it } from 'vitest';
import { chooseEngine, type EngineSituation } from './engine-choice.ts';

const host = 'unix:///var/run/docker.sock';
const newestHost = 'unix:///lab/newest/docker.sock';
const nothingRuns: EngineSituation = { host, answers: false, newestHost, newestAnswers: false, wanted: 'newest' };

it.each<[string, Partial<EngineSituation>, string | undefined]>([
  ['the running engine, whatever its version', { answers: true }, host],
  ['the running engine beside the newest', { answers: true, newestAnswers: true }, host],
  ['the newest of an earlier run', { newestAnswers: true }, newestHost],
  ['none where nothing runs', {}, undefined],
  ['none where only the newest runs, and Debian’s is wanted', { newestAnswers: true, wanted: 'debian' }, undefined],
])('uses %s', (_, change, expected) => {
  expect(chooseEngine({ ...nothingRuns, ...change })).toBe(expected);
});
