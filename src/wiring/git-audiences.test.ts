import { expect, it } from 'vitest';
import { loadSettings } from '../settings/settings.ts';
import { gitAudiences, gitAudienceWarnings } from './git-audiences.ts';

const audiencesOf = (environment: Record<string, string>) =>
  gitAudiences(loadSettings({ XDG_CONFIG_HOME: '/nonexistent', ...environment }));

const aws = { TWINHULL_BACKEND: 'aws', BUILD_GIT_SECRET_ARN: 'pat' };
const allowed = 'https://github.com/acme/,https://gitlab.com/acme/model,https://git.example/';

it('reports allowed repositories whose host has no credential', async () => {
  const found = await audiencesOf({
    ...aws,
    TWINHULL_REPOSITORY: 'https://github.com/acme/model',
    TWINHULL_ALLOWED_REPOSITORIES: allowed,
    TWINHULL_GIT_SECRETS: 'gitlab.com/acme=other',
  });
  expect(found).toEqual({
    audiences: ['gitlab.com/acme', 'github.com'],
    uncovered: ['https://git.example/'],
    unbound: [],
  });
  expect(gitAudienceWarnings(found)).toEqual([expect.stringContaining('TWINHULL_GIT_CREDENTIALS_FILE')]);
});

it('reports a secret that is bound to no host', async () => {
  const found = await audiencesOf({ ...aws, TWINHULL_ALLOWED_REPOSITORIES: allowed });
  expect(found).toEqual({ audiences: [], uncovered: [], unbound: ['pat'] });
  expect(gitAudienceWarnings(found)).toEqual([expect.stringContaining('Set TWINHULL_GIT_HOST')]);
});

it('refuses a token file without a host, and reports nothing without credentials', async () => {
  await expect(audiencesOf({ TWINHULL_GIT_TOKEN_FILE: '/dev/null' })).rejects.toMatchObject({ code: 'SettingInvalid' });
  expect(await audiencesOf({ TWINHULL_ALLOWED_REPOSITORIES: allowed })).toEqual({
    audiences: [],
    uncovered: [],
    unbound: [],
  });
});
