import { expect, it } from 'vitest';
import { loadSettings } from '../settings/settings.ts';
import { preparePlan } from './prepare-plan.ts';

it('reads the recipe before it asks anybody for the destination', async () => {
  // ECR would have to be asked, and is not there.
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
