import { run, succeeds } from '../run.ts';

export const newestBridge = 'twinhull-new';
const network = '192.168.214.0/24';
const address = '192.168.214.1/24';

/** The packet filter rules, each as the words after `-A` or `-D`. */
const rules: readonly (readonly string[])[] = [
  ['--table', 'filter', 'FORWARD', '-i', newestBridge, '-j', 'ACCEPT'],
  [
    '--table',
    'filter',
    'FORWARD',
    '-o',
    newestBridge,
    '-m',
    'conntrack',
    '--ctstate',
    'RELATED,ESTABLISHED',
    '-j',
    'ACCEPT',
  ],
  ['--table', 'nat', 'POSTROUTING', '-s', network, '!', '-o', newestBridge, '-j', 'MASQUERADE'],
];

/** A bridge for containers of a second engine. Its MAC is fixed: without that, connections hung. */
export async function makeBridge(): Promise<void> {
  await removeBridge();
  await run('ip', ['link', 'add', newestBridge, 'address', '02:42:c0:a8:d6:01', 'type', 'bridge']);
  await run('ip', ['address', 'add', address, 'dev', newestBridge]);
  await run('ip', ['link', 'set', newestBridge, 'up']);
  for (const [option = '', table = '', chain = '', ...rule] of rules)
    await run('iptables', [option, table, '-I', chain, ...rule]);
}

export async function removeBridge(): Promise<void> {
  for (const [option = '', table = '', chain = '', ...rule] of rules)
    await succeeds('iptables', [option, table, '-D', chain, ...rule]);
  await succeeds('ip', ['link', 'delete', newestBridge]);
}
