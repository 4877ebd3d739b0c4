import { expect, it } from 'vitest';
import { formatGitAudience, hostAudience, isInAudience, mostSpecific, parseGitAudience } from './git-audience.ts';
import { parseRepository } from './git-repository.ts';

const audience = (text: string) => parseGitAudience('TWINHULL_GIT_HOST', text);

it.each([
  ['github.com', 'https://github.com/acme/model.git'],
  ['GitHub.COM', 'https://github.com/acme/model.git'],
  ['github.com.', 'https://github.com/acme/model.git'],
  ['github.com', 'https://GITHUB.com./acme/model'],
  ['github.com:443', 'https://github.com/acme/model.git'],
  ['github.com', 'https://github.com:443/acme/model.git'],
  ['git.example:8443', 'https://git.example:8443/model'],
  ['[::1]:8443', 'https://[0:0::1]:8443/model'],
  ['127.0.0.1:80', 'http://127.0.0.1/model'],
  ['git.example/team', 'https://git.example/team/model.git'],
  ['git.example/team/', 'https://git.example/team/sub/model'],
  ['git.example/team/model', 'https://git.example/team/model.git'],
  ['git.example/team/model.git', 'https://git.example/team/model'],
])('%s covers %s', (text, url) => {
  expect(isInAudience(audience(text), parseRepository(url))).toBe(true);
});

it.each([
  ['github.com', 'https://evil.example/github.com/model'],
  ['github.com', 'https://github.com.evil.example/model'],
  ['github.com', 'https://evil-github.com/model'],
  ['github.com', 'https://sub.github.com/model'],
  ['sub.github.com', 'https://github.com/model'],
  ['github.com', 'https://github.com:8443/model'],
  ['git.example:8443', 'https://git.example/model'],
  ['git.example:8443', 'https://git.example:8444/model'],
  ['127.0.0.1', 'http://127.0.0.1/model'],
  ['127.0.0.1', 'http://127.0.0.1:443/model'],
  ['git.example/team', 'https://git.example/team-evil/model'],
  ['git.example/team', 'https://git.example/teams/model'],
  ['git.example/team', 'https://git.example/Team/model'],
  ['git.example/team', 'https://git.example/evil/team/model'],
  ['git.example/team/model', 'https://git.example/team/model-evil'],
  ['git.example/team/model', 'https://git.example/team'],
  ['git.example/team', 'https://git.example/te'],
])('%s does not cover %s', (text, url) => {
  expect(isInAudience(audience(text), parseRepository(url))).toBe(false);
});

it.each([
  '',
  'https://github.com',
  'user@github.com',
  'user:secret@github.com',
  'github.com:',
  'github.com:99999',
  'github.com:443:443',
  'github.com//team',
  'github.com/../team',
  'github.com/team/..',
  'github.com/te%61m',
  'github.com?x',
  'github.com#x',
  'github.com team',
  '*.github.com',
  'github.com\n.evil.example',
])('refuses %j as an audience without quoting what may be a secret', (text) => {
  const parse = () => audience(text);
  expect(parse).toThrow(expect.objectContaining({ code: 'SettingInvalid' }));
  expect(parse).toThrow(/^TWINHULL_GIT_HOST is not a git host/);
});

it('formats what it parses in one form', () => {
  const forms = ['github.com', 'git.example:8443/team/model', '[::1]:8443'];
  expect(forms.map((form) => formatGitAudience(audience(form)))).toEqual(forms);
  expect(formatGitAudience(hostAudience('https://Git.Example.:443/a/b.git'))).toBe('git.example');
});

it('prefers the longest path', () => {
  const candidates = ['git.example', 'git.example/team/model', 'git.example/team'].map((text) => ({
    text,
    audience: audience(text),
  }));
  const chosen = (url: string) => mostSpecific(candidates, url)?.text;
  expect(chosen('https://git.example/other/model')).toBe('git.example');
  expect(chosen('https://git.example/team/other')).toBe('git.example/team');
  expect(chosen('https://git.example/team/model.git')).toBe('git.example/team/model');
  expect(chosen('https://git.example.org/team/model.git')).toBeUndefined();
});
