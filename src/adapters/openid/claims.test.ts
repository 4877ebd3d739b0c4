import { expect, it } from 'vitest';
import { groupsOf, nameOf } from './claims.ts';

it.each<[unknown, string, readonly string[]]>([
  [{ groups: ['a', 'b'] }, 'groups', ['a', 'b']],
  [{ groups: 'a' }, 'groups', ['a']],
  [{ groups: ['a', 7, null, '', { name: 'b' }] }, 'groups', ['a']],
  [{ groups: { a: true } }, 'groups', []],
  [{}, 'groups', []],
  [{}, 'constructor.name', []],
  [{ realm_access: { roles: ['a'] } }, 'realm_access.roles', ['a']],
  [{ 'https://example.org/groups': ['a'] }, 'https://example.org/groups', ['a']],
])('reads groups from %j at %s', (claims, name, expected) => {
  expect(groupsOf(claims as Record<string, unknown>, name)).toEqual(expected);
});

it.each<[Record<string, unknown>, string]>([
  [{ email: 'ada@example.org' }, 'ada@example.org'],
  [{ email: 'boss@example.org', email_verified: false }, 'sub-1'],
  [{ email: 'boss@example.org', email_verified: 'false' }, 'sub-1'],
  [{ email: 'ada@example.org', email_verified: 'true' }, 'ada@example.org'],
  [{ email: 'no address', name: 'Boss', preferred_username: 'boss@example.org' }, 'sub-1'],
  [{ email: ['boss@example.org'] }, 'sub-1'],
  [{ email: 'ada\u202e\u0007@example.org' }, 'ada@example.org'],
  [{ email: `${'a'.repeat(200)}@example.org` }, 'a'.repeat(100)],
])('names the person of %j %s', (claims, expected) => {
  expect(nameOf(claims, 'sub-1')).toBe(expected);
});
