import { execFileSync } from 'node:child_process';

/** Runs `work` with another Node: 24 when this is 20, otherwise 20. It comes from the npm registry. */
export function withOtherNode<T>(work: (node: string) => Promise<T>): Promise<T> {
  const major = process.version.startsWith('v24.') ? '20' : '24';
  const packageName = `node-${process.platform === 'darwin' ? 'darwin' : 'linux'}-${process.arch}@${major}`;
  const found = execFileSync(
    'npm',
    ['exec', '--yes', `--package=${packageName}`, '--', 'sh', '-c', 'command -v node'],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const node = found.trim();
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim();
  if (!version.startsWith(`v${major}.`)) throw new RangeError(`${packageName} brought ${version}`);
  process.stderr.write(`\nunit tests again, on Node ${version}\n`);
  return work(node);
}
