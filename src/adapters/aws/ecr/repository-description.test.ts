import { beforeEach, expect, it } from 'vitest';
import { TwinhullError } from '../../../domain/errors/twinhull-error.ts';
import type { EcrRepository } from './ecr-api.ts';
import { RepositoryDescription } from './repository-description.ts';

const vecoli: EcrRepository = { uri: 'host/vecoli', tags: { setting: 'IMMUTABLE', exclusions: [] } };

let now: number;
let asked: string[];
let answer: () => Promise<EcrRepository>;
let description: RepositoryDescription;

beforeEach(() => {
  now = 0;
  asked = [];
  answer = async () => vecoli;
  const describeRepository = (name: string) => {
    asked.push(name);
    return answer();
  };
  description = new RepositoryDescription(
    'vecoli',
    { describeRepository },
    { now: () => now, sleep: async () => undefined },
  );
});

it('sends one request a minute for all callers', async () => {
  await Promise.all([description.get(), description.get()]);
  now += 59_000;
  await expect(description.get()).resolves.toBe(vecoli);
  expect(asked).toEqual(['vecoli']);
  now += 2_000;
  await description.get();
  expect(asked).toEqual(['vecoli', 'vecoli']);
});

it('resolves to undefined without permission', async () => {
  answer = () => Promise.reject(new TwinhullError('RegistryAccessDenied', 'may not describe'));
  await expect(description.get()).resolves.toBeUndefined();
});

it('reports a missing repository without caching the failure', async () => {
  answer = () => Promise.reject(new TwinhullError('RegistryRefused', 'no such repository'));
  await expect(description.get()).rejects.toMatchObject({ code: 'RegistryRefused' });
  answer = async () => vecoli;
  await expect(description.get()).resolves.toBe(vecoli);
});
