import { expect, it } from 'vitest';
import { defaultPolicy } from '../pipeline/drive/driver-parts.ts';
import { type SettingEntry, settingsCatalogue } from './setting-catalogue.ts';
import { loadSettings } from './settings.ts';

const noFile = { XDG_CONFIG_HOME: '/nowhere' };
const ranges = Object.entries<SettingEntry>(settingsCatalogue).flatMap(([name, { summary }]) => {
  const [, least, most] = /, (\d[\d.]*) to (\d[\d.]*)(?:;|$)/.exec(summary) ?? [];
  return least === undefined || most === undefined ? [] : [{ name, least: Number(least), most: Number(most) }];
});

it('has the defaults of the table, and the library’s driver has the same', () => {
  const settings = loadSettings(noFile);
  expect(settings).toMatchObject({
    builderImage: 'docker:28-cli',
    maxJobs: 4,
    maxAttempts: defaultPolicy.maxAttempts,
    retryDelaySeconds: defaultPolicy.retryDelayMilliseconds / 1000,
    leaseSeconds: defaultPolicy.leaseMilliseconds / 1000,
    intervalSeconds: defaultPolicy.intervalMilliseconds / 1000,
    registryPatienceSeconds: defaultPolicy.registryPatienceMilliseconds / 1000,
    serve: { listen: '127.0.0.1:8080', rateLimit: 1200, drainSeconds: 2 },
    github: { apiUrl: 'https://api.github.com' },
    aws: { region: 'us-gov-west-1', settleSeconds: 60, longestRunSeconds: undefined },
  });
});

it.each(ranges)('accepts $name from $least to $most, as documented', ({ name, least, most }) => {
  for (const value of [least, most]) expect(() => loadSettings({ ...noFile, [name]: String(value) })).not.toThrow();
  for (const value of [least - 1, most + 1])
    expect(() => loadSettings({ ...noFile, [name]: String(value) })).toThrow(`${name} is "${String(value)}"`);
});

it('reads the range of most numbers from the table', () => expect(ranges.length).toBeGreaterThanOrEqual(9));
