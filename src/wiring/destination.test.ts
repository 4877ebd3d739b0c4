import { describe, expect, it } from 'vitest';
import { loadSettings } from '../settings/settings.ts';
import { destinationOf, findDestination } from './destination.ts';

const nowhere = { TWINHULL_SETTINGS_FILE: '/dev/null' };
const docker = loadSettings(nowhere);
const aws = loadSettings({ ...nowhere, TWINHULL_BACKEND: 'aws' });
const ecr = '123456789012.dkr.ecr.us-gov-east-1.amazonaws.com/vecoli';

describe('destinationOf', () => {
  it('reads the region from an ECR host, or else from the settings', () => {
    expect(destinationOf(ecr, aws)).toEqual({ repository: ecr, kind: 'ecr', region: 'us-gov-east-1' });
    expect(destinationOf('ghcr.io/team/app', aws)).toMatchObject({ kind: 'oci', region: 'us-gov-west-1' });
  });

  it('passes a login to jobs on an engine, for ECR as for other registries', () => {
    expect(destinationOf(ecr, docker).kind).toBe('oci');
  });
});

describe('findDestination', () => {
  it('prefers an explicit destination to the setting', async () => {
    const settings = { ...docker, destination: 'ghcr.io/team/app' };
    await expect(findDestination('ghcr.io/team/other', settings)).resolves.toMatchObject({
      repository: 'ghcr.io/team/other',
    });
    await expect(findDestination(undefined, settings)).resolves.toMatchObject({ repository: 'ghcr.io/team/app' });
  });

  it('requires a destination, and suggests ECR_REPOSITORY only if it applies', async () => {
    await expect(findDestination(undefined, aws)).rejects.toMatchObject({
      code: 'ArgumentInvalid',
      hint: 'add --destination host[:port]/path, or set TWINHULL_DESTINATION or ECR_REPOSITORY',
    });
    const withRepository = { ...docker, aws: { ...docker.aws, ecrRepository: 'vecoli' } };
    await expect(findDestination(undefined, withRepository)).rejects.toMatchObject({
      hint: 'add --destination host[:port]/path, or set TWINHULL_DESTINATION',
    });
  });
});
