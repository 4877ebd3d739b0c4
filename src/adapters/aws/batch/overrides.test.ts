import { expect, it } from 'vitest';
import { containerOverrides } from './overrides.ts';

const byName = { TWINHULL_STEP_1_IMAGE: 'app', TWINHULL_STEP_1_DOCKERFILE_INLINE: '' };

it('contains the environment in the form that Batch accepts', () => {
  expect(containerOverrides({ A: '1', B: '' })).toEqual({
    environment: [
      { name: 'A', value: '1' },
      { name: 'B', value: '' },
    ],
  });
});

it('accepts what fits with the job definition and the variables of Batch, and refuses one character more', () => {
  const room = 8192 - 512 - 2048 - JSON.stringify(containerOverrides(byName)).length;
  const filled = (length: number) =>
    containerOverrides({ ...byName, TWINHULL_STEP_1_DOCKERFILE_INLINE: 'x'.repeat(length) });
  expect(JSON.stringify(filled(room))).toHaveLength(5632);
  expect(() => filled(room + 1)).toThrow(
    expect.objectContaining({
      code: 'RecipeInvalid',
      message: expect.stringMatching(
        /^images\.app\.dockerfile\.inline is too long.*5633 characters.*TWINHULL_STEP_1_DOCKERFILE_INLINE/,
      ),
      hint: expect.stringContaining('shorten images.app.dockerfile.inline'),
    }),
  );
});

it.each([
  ['TWINHULL_STEP_2_BUILD_ARG_1', 'images.b.dockerfile.args.FLAVOUR'],
  ['TWINHULL_STEP_2_ENV_3', 'images.b.script.env.FLAVOUR'],
  ['TWINHULL_STEP_2_ARG_3', 'images.b.script.args[2]'],
  ['TWINHULL_STEP_2_VERIFY_1_2', 'images.b.verify[0][1]'],
  ['TWINHULL_BRANCH', 'TWINHULL_BRANCH'],
])('names the field from which %s came', (variable, field) => {
  const environment = { TWINHULL_STEP_2_IMAGE: 'b', [variable]: `FLAVOUR=${'x'.repeat(6000)}` };
  expect(() => containerOverrides(environment)).toThrow(`${field} is too long`);
});
