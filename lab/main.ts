import pc from 'picocolors';
import { explain } from './explain.ts';
import { labHome } from './home.ts';
import { ensureLab, inspectLab, readLab, takeDownLab } from './lab.ts';

const usage = `usage: npm run lab:up [-- --aws] [--newest] | lab:down [-- --purge] | lab:status

  up      bring the lab up, or mend what is broken of it; --aws brings up its AWS, too, --newest a second
          engine, the newest
  down    take it down and revert all that it changed; --purge removes the Debian packages it installed, too
  status  check each part
`;

async function main(args: readonly string[]): Promise<number> {
  const [command, ...options] = args;
  if (command === 'up' && options.every((option) => option === '--aws' || option === '--newest')) return up(options);
  if (command === 'down' && options.every((option) => option === '--purge')) return down(options.length > 0);
  if (command === 'status' && options.length === 0) return status();
  process.stderr.write(usage);
  return 2;
}

async function up(options: readonly string[]): Promise<number> {
  const started = Date.now();
  const lab = await ensureLab({ aws: options.includes('--aws'), newest: options.includes('--newest') });
  process.stderr.write(`lab: up in ${((Date.now() - started) / 1000).toFixed(1)} s; see ${lab.home}/lab.json\n`);
  return 0;
}

async function down(purge: boolean): Promise<number> {
  for (const line of await takeDownLab({ purge })) process.stderr.write(`lab: ${line}\n`);
  return 0;
}

async function status(): Promise<number> {
  const lab = await readLab();
  if (lab === undefined) {
    process.stdout.write(`no lab is up (${labHome()}); npm run lab:up\n`);
    return 1;
  }
  const states = await inspectLab();
  for (const { name, problem } of states) {
    process.stdout.write(
      `${problem === undefined ? pc.green('well') : pc.red('broken')}  ${name}${problem ? `: ${problem}` : ''}\n`,
    );
  }
  process.stdout.write(
    `set up by ${lab.owner.user} from ${lab.owner.clone} at ${lab.owner.startedAt}; state in ${lab.home}\n`,
  );
  return states.every(({ problem }) => problem === undefined) ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`lab: ${explain(error)}\n`);
  process.exitCode = 1;
}
