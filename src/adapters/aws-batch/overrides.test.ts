import { expect, it } from 'vitest';
import { containerOverrides } from './overrides.ts';

const byName = { TWINHULL_PLATFORM: 'linux/arm64', TWINHULL_STEP_1_DOCKERFILE_INLINE: '' };

it('is the environment, as Batch takes it', () => {
  expect(containerOverrides({ A: '1', B: '' })).toEqual({
    environment: [
      { name: 'A', value: '1' },
      { name: 'B', value: '' },
    ],
  });
});

it('takes what fits with the variables that Batch adds, and refuses one character more', () => {
  const room = 8192 - 512 - JSON.stringify(containerOverrides(byName)).length;
  const filled = (length: number) =>
    containerOverrides({ ...byName, TWINHULL_STEP_1_DOCKERFILE_INLINE: 'x'.repeat(length) });
  expect(JSON.stringify(filled(room))).toHaveLength(7680);
  expect(() => filled(room + 1)).toThrow(
    expect.objectContaining({
      code: 'RecipeInvalid',
      message: expect.stringMatching(/7681 characters.*TWINHULL_STEP_1_DOCKERFILE_INLINE/),
    }),
  );
});
