import { run, succeeds } from '../lab/run.ts';

const device = 'twinhull-bench';
const address = '192.168.213.1/24';
const network = '192.168.213.0/24';
/** Fixed: a bridge that takes the address of its newest port changes it with each container, and connections hang. */
const mac = '02:42:c0:a8:d5:01';

/**
 * Gives containers on the bridge outbound access. The engine's own rules are left out, because another engine has the
 * same.
 */
const rules = [
  ['filter', 'FORWARD', '--in-interface', device, '--jump', 'ACCEPT'],
  [
    'filter',
    'FORWARD',
    '--out-interface',
    device,
    ...'-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT'.split(' '),
  ],
  ['nat', 'POSTROUTING', '--source', network, '!', '--out-interface', device, '--jump', 'MASQUERADE'],
] as const;

/** A network bridge for a second engine; docker0 belongs to the machine's own. @returns its name */
export async function addBridge(): Promise<string> {
  await removeBridge();
  await run('ip', ['link', 'add', device, 'address', mac, 'type', 'bridge']);
  await run('ip', ['address', 'add', address, 'dev', device]);
  await run('ip', ['link', 'set', device, 'up']);
  for (const [table, chain, ...rule] of rules) await run('iptables', ['--table', table, '--insert', chain, ...rule]);
  return device;
}

export async function removeBridge(): Promise<void> {
  for (const [table, chain, ...rule] of rules) {
    while (await succeeds('iptables', ['--table', table, '--delete', chain, ...rule]));
  }
  await succeeds('ip', ['link', 'delete', device]);
}
