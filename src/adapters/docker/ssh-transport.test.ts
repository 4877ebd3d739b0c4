import { expect, it } from 'vitest';
import { parseEngineEndpoint } from './engine-endpoint.ts';
import { sshArguments } from './ssh-transport.ts';

function argumentsFor(text: string): string[] {
  const endpoint = parseEngineEndpoint(text);
  if (endpoint.kind !== 'ssh') throw new Error('not an ssh address');
  return sshArguments(endpoint);
}

it('never passes the host as an option', () => {
  expect(argumentsFor('ssh://h').slice(-5)).toEqual(['--', 'h', 'docker', 'system', 'dial-stdio']);
});

it('passes user, port and the remote socket', () => {
  const words = argumentsFor('ssh://me@h:2222/run/d.sock').join(' ');
  expect(words).toContain('-l me -p 2222 -- h docker --host unix:///run/d.sock system dial-stdio');
});
