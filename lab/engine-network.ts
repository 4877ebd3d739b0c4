import { readFileSync, writeFileSync } from 'node:fs';
import type { EngineNetwork } from './journal.ts';
import { succeeds, tryRun } from './run.ts';

const forwardFile = '/proc/sys/net/ipv4/ip_forward';
const bridge = 'docker0';

export async function engineNetworkNow(): Promise<EngineNetwork> {
  const rules = (await tryRun('iptables', ['--list-rules'])) ?? '';
  return {
    bridgeExisted: await succeeds('ip', ['link', 'show', bridge]),
    dockerChainsExisted: rules.includes('-N DOCKER'),
    ipForward: readFileSync(forwardFile, 'utf8').trim(),
    forwardPolicy: /^-P FORWARD (\w+)$/m.exec(rules)?.[1] ?? 'ACCEPT',
  };
}

/** What an engine with rules of its own does at its start: containers reach other hosts. */
export function forwardPackets(): void {
  writeFileSync(forwardFile, '1');
}

/** Reverts what an engine leaves in the host's network when it ends. Other rules are not touched. */
export async function restoreNetwork(before: EngineNetwork): Promise<void> {
  if (!before.bridgeExisted) await succeeds('ip', ['link', 'delete', bridge]);
  if (before.dockerChainsExisted) return;
  for (const table of ['filter', 'nat']) await removeDockerRules(table);
  await succeeds('iptables', ['--policy', 'FORWARD', before.forwardPolicy]);
  writeFileSync(forwardFile, before.ipForward);
}

async function removeDockerRules(table: string): Promise<void> {
  const listed = await tryRun('iptables', ['--table', table, '--list-rules']);
  const rules = (listed ?? '').split('\n').map((line) => line.split(' '));
  const ofDocker = rules.filter(
    (rule) => rule[0] === '-A' && rule.some((word) => /^DOCKER(-|$)/.test(word) || word === bridge),
  );
  const masquerades = rules.filter(
    (rule) => rule[0] === '-A' && rule[1] === 'POSTROUTING' && rule.includes(`!`) && rule.includes(bridge),
  );
  const chains = rules
    .filter((rule) => rule[0] === '-N' && /^DOCKER(-|$)/.test(rule[1] ?? ''))
    .map((rule) => rule[1] ?? '');
  for (const rule of new Set([...ofDocker, ...masquerades])) {
    await succeeds('iptables', ['--table', table, '-D', ...rule.slice(1)]);
  }
  for (const chain of chains) await succeeds('iptables', ['--table', table, '-F', chain]);
  for (const chain of chains) await succeeds('iptables', ['--table', table, '-X', chain]);
}
