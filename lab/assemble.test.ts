import { expect, test } from 'vitest';
import { assemble } from './assemble.ts';
import { LabError } from './lab-error.ts';
import type { LabContext, Part } from './part.ts';

const context = {} as LabContext;
const listener = { onStart: () => undefined, onFinish: () => undefined };

function recordingPart(name: string, needs: readonly string[], log: string[], well = false): Part {
  let exists = well;
  return {
    name,
    needs,
    check: async () => (exists ? undefined : 'not there'),
    start: async () => {
      log.push(`${name} begins`);
      await new Promise(setImmediate);
      exists = true;
      log.push(`${name} ends`);
    },
  };
}

test('starts a part once those it needs stand, and others beside it', async () => {
  const log: string[] = [];
  const parts = [
    recordingPart('packages', [], log),
    recordingPart('engine', ['packages'], log),
    recordingPart('registry', ['packages'], log),
    recordingPart('image', ['engine', 'registry'], log),
  ];
  const reports = await assemble(parts, context, listener);
  expect(log.slice(0, 4)).toEqual(['packages begins', 'packages ends', 'engine begins', 'registry begins']);
  expect(log.at(-2)).toBe('image begins');
  expect(reports.map(({ name }) => name).sort()).toEqual(['engine', 'image', 'packages', 'registry']);
});

test('leaves alone what is well', async () => {
  const log: string[] = [];
  const parts = [recordingPart('packages', [], log, true), recordingPart('engine', ['packages'], log)];
  await assemble(parts, context, listener);
  expect(log).toEqual(['engine begins', 'engine ends']);
});

test('a failure names the part, keeps the advice, stops what needs it, and waits for the others to end', async () => {
  const log: string[] = [];
  const failing: Part = {
    ...recordingPart('engine', [], log),
    start: () => Promise.reject(new LabError('no room', { hint: 'make room' })),
  };
  const parts = [failing, recordingPart('registry', [], log), recordingPart('image', ['engine'], log)];
  await expect(assemble(parts, context, listener)).rejects.toMatchObject({
    message: "the lab's engine cannot be set up: no room",
    hint: 'make room',
  });
  expect(log).toEqual(['registry begins', 'registry ends']);
});

test('a part that was started and is still not well is a failure', async () => {
  const stubborn: Part = { name: 'engine', needs: [], check: async () => 'it is deaf', start: async () => undefined };
  await expect(assemble([stubborn], context, listener)).rejects.toThrow("the lab's engine was set up, but it is deaf");
});
