import { expect, it } from 'vitest';
import { openIdSettings } from './openid-settings.ts';
import type { SettingName } from './setting-catalogue.ts';

type Values = Partial<Record<SettingName, string>>;

const full: Values = {
  TWINHULL_OPENID_ISSUER: 'https://login.example/realms/lab',
  TWINHULL_OPENID_CLIENT_ID: 'twinhull',
  TWINHULL_OPENID_GROUPS: 'engineers=build, cn=Lab%2Cou=x=admin,100%25=read,*=read',
};

function read(changes: Values, publicUrl: string | undefined = 'https://builds.example/') {
  const values = { ...full, ...changes };
  const text = (name: SettingName) => values[name] || undefined;
  return openIdSettings({ text, file: text, list: (name) => text(name)?.split(',') }, publicUrl);
}

it('reads the provider, and which group gets which scope', () => {
  expect(read({})).toEqual({
    issuer: 'https://login.example/realms/lab',
    clientId: 'twinhull',
    clientSecretFile: undefined,
    scopes: ['openid', 'profile', 'email'],
    groupsClaim: 'groups',
    groupScopes: new Map([
      ['engineers', 'build'],
      ['cn=Lab,ou=x', 'admin'],
      ['100%', 'read'],
      ['*', 'read'],
    ]),
    audience: undefined,
    caFile: undefined,
    publicUrl: 'https://builds.example',
  });
  expect(read({ TWINHULL_OPENID_SCOPES: 'email, groups openid' })?.scopes).toEqual(['openid', 'email', 'groups']);
});

it('is off without an issuer', () => {
  expect(read({ TWINHULL_OPENID_ISSUER: '', TWINHULL_OPENID_CLIENT_ID: '' })).toBeUndefined();
});

it.each(['http://127.0.0.1:4000', 'http://localhost:4000', 'http://[::1]:4000'])('accepts plain http of %s', (url) => {
  expect(read({ TWINHULL_OPENID_ISSUER: url }, url)).toMatchObject({ issuer: url, publicUrl: url });
});

it.each<[string, Values, string | undefined]>([
  ['TWINHULL_OPENID_ISSUER', { TWINHULL_OPENID_ISSUER: '' }, 'https://builds.example'],
  ['TWINHULL_OPENID_ISSUER', { TWINHULL_OPENID_ISSUER: 'http://login.example' }, 'https://builds.example'],
  ['TWINHULL_OPENID_ISSUER', { TWINHULL_OPENID_ISSUER: 'http://localhost.example' }, 'https://builds.example'],
  ['TWINHULL_OPENID_ISSUER', { TWINHULL_OPENID_ISSUER: 'https://a:secret@login.example' }, 'https://builds.example'],
  ['TWINHULL_OPENID_ISSUER', { TWINHULL_OPENID_ISSUER: 'login.example' }, 'https://builds.example'],
  ['TWINHULL_OPENID_CLIENT_ID', { TWINHULL_OPENID_CLIENT_ID: '' }, 'https://builds.example'],
  ['TWINHULL_OPENID_GROUPS', { TWINHULL_OPENID_GROUPS: '' }, 'https://builds.example'],
  ['TWINHULL_OPENID_GROUPS', { TWINHULL_OPENID_GROUPS: 'engineers=owner' }, 'https://builds.example'],
  ['TWINHULL_OPENID_GROUPS', { TWINHULL_OPENID_GROUPS: 'engineers' }, 'https://builds.example'],
  ['TWINHULL_OPENID_GROUPS', { TWINHULL_OPENID_GROUPS: '%=read' }, 'https://builds.example'],
  ['TWINHULL_OPENID_GROUPS', { TWINHULL_OPENID_GROUPS: 'devs=admin, devs=read' }, 'https://builds.example'],
  ['TWINHULL_OPENID_GROUPS', { TWINHULL_OPENID_GROUPS: 'd%65vs=admin,devs=admin' }, 'https://builds.example'],
  ['TWINHULL_PUBLIC_URL', {}, 'http://builds.example'],
])('refuses a wrong %s: %j, %s', (setting, changes, publicUrl) => {
  expect(() => read(changes, publicUrl)).toThrow(
    expect.objectContaining({ code: 'SettingInvalid', message: expect.stringContaining(setting) }),
  );
  expect(() => read(changes, publicUrl)).not.toThrow(expect.objectContaining({ message: /a:secret/ }));
});

it('needs the public URL', () => {
  const text = (name: SettingName) => full[name];
  expect(() => openIdSettings({ text, file: text, list: () => ['a=read'] }, undefined)).toThrow(/TWINHULL_PUBLIC_URL/);
});
