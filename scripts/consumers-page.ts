import { readFileSync } from 'node:fs';
import path from 'node:path';
import { manifest } from '../src/cli/table/manifest.ts';
import { batchJobDefinition } from '../src/manifests/batch-job-definition.ts';
import { headJob } from '../src/manifests/head-job.ts';
import { pinImage } from '../src/manifests/pinned-image.ts';
import { vecoliConfiguration } from '../src/manifests/vecoli-configuration.ts';
import { yamlText } from '../src/manifests/yaml-text.ts';
import { publishedBuild } from '../test/helpers/shown-builds.ts';
import { optionRows } from './commands-page.ts';

const file = path.resolve(import.meta.dirname, '../docs/consumers.md');

/** docs/consumers.md with the program's output and options inserted between its marks. */
export function consumersPage(): string {
  const build = publishedBuild({ destination: '123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/vecoli' });
  const definition = batchJobDefinition(pinImage(build, { image: 'task', platform: 'linux/arm64' }));
  const job = headJob(pinImage(build, { image: 'submit', platform: 'linux/amd64' }));
  const parts = {
    batch: block('json', `${JSON.stringify(definition, null, 2)}\n`),
    'batch options': `${optionRows(manifest.commands.batch.options)}\n`,
    k8s: block('yaml', yamlText(job)),
    'k8s options': `${optionRows(manifest.commands.k8s.options)}\n`,
    vecoli: block(
      'json',
      `${JSON.stringify(vecoliConfiguration(build, { image: 'task', platform: 'linux/arm64' }), null, 2)}\n`,
    ),
    'vecoli options': `${optionRows(manifest.commands.vecoli.options)}\n`,
  };
  return Object.entries(parts).reduce((page, [name, text]) => put(page, name, text), readFileSync(file, 'utf8'));
}

function put(page: string, name: string, text: string): string {
  const [begin, end] = [`<!-- generated: ${name} -->\n`, '<!-- end -->'];
  const start = page.indexOf(begin);
  const stop = page.indexOf(end, start);
  if (start < 0 || stop < 0) throw new Error(`docs/consumers.md has no marker for "${name}"`);
  return page.slice(0, start + begin.length) + text + page.slice(stop);
}

function block(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\`\`\`\n`;
}
