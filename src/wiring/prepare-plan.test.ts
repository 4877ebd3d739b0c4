import { expect, it } from 'vitest';
import { loadSettings } from '../settings/settings.ts';
import { preparePlan } from './prepare-plan.ts';

it('reads the recipe before it looks up the destination', async () => {
  // ECR would have to be queried, and is unavailable.
  const settings = loadSettings({
    TWINHULL_SETTINGS_FILE: '/dev/null',
    TWINHULL_BACKEND: 'aws',
    ECR_REPOSITORY: 'vecoli',
    BATCH_REGION: 'us-gov-nowhere-1',
  });
  await expect(preparePlan({ recipe: 'no-such.yaml' }, settings, import.meta.dirname)).rejects.toMatchObject({
    code: 'RecipeNotFound',
  });
});
