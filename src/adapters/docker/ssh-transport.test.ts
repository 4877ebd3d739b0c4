import { expect, it } from 'vitest';
import { parseEngineEndpoint } from './engine-endpoint.ts';
import { sshArguments } from './ssh-transport.ts';

function argumentsFor(text: string): string[] {
  const endpoint = parseEngineEndpoint(text);
  if (endpoint.kind !== 'ssh') throw new Error('not an ssh address');
  return sshArguments(endpoint);
}

it('never lets the host be taken for an option', () => {
  expect(argumentsFor('ssh://h').slice(-5)).toEqual(['--', 'h', 'docker', 'system', 'dial-stdio']);
});

it('hands on user, port and the socket of the far side', () => {
  const words = argumentsFor('ssh://me@h:2222/run/d.sock').join(' ');
  expect(words).toContain('-l me -p 2222 -- h docker --host unix:///run/d.sock system dial-stdio');
});
