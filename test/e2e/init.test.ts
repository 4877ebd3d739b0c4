import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { E2eBed } from '../helpers/e2e-bed.ts';

it('writes a recipe that builds: docker’s own names, contexts with copied files, and notes on the rest', async () => {
  const bed = await E2eBed.open();
  onTestFinished(() => bed.dispose());
  const base = `FROM ${bed.lab.images.busybox}\nRUN echo ${bed.name} >/bed\n`;
  const files = {
    dockerfile: base,
    'images/a/Dockerfile': `${base}COPY start.sh /\n`,
    'images/a/start.sh': '#!/bin/sh\n',
    '.devcontainer/Dockerfile': base,
    'Dockerfile-debian.template': 'FROM %%VERSION%%\n',
  };
  const folder = join(bed.folder, 'clone');
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const ran = await bed.run(['init'], { cwd: folder });
  expect(ran.stderr).toBe(
    [
      'wrote twinhull.yaml',
      '  dockerfile: image clone',
      '  images/a/Dockerfile: image a, context images/a',
      '  Dockerfile-debian.template: skipped, it is a template',
      '  .devcontainer/Dockerfile: skipped, it is for editors',
      'show the resulting jobs with: twinhull plan\n',
    ].join('\n'),
  );
  const printed = await bed.run(['init', '--stdout'], { cwd: folder });
  expect(parse(printed.stdout)).toMatchObject({
    images: {
      clone: { dockerfile: { path: 'dockerfile' } },
      a: { dockerfile: { path: 'images/a/Dockerfile', context: 'images/a' } },
    },
  });
  const { url } = await bed.repository(files);
  const built = await bed.run(['build', '--repository', url, '--ref', 'main'], { cwd: folder });
  expect(built.exitCode, built.stderr).toBe(0);

  const plain = await bed.file(
    'version: 1\nname: x\nimages: { b: { platforms: [linux/amd64], dockerfile: {}, tags: [{ tag: plain-dockerfile, moving: true }] } }\n',
  );
  const lower = await bed.run(['build', '--repository', url, '--ref', 'main', '--recipe', plain]);
  expect(lower.exitCode, lower.stderr).toBe(0);
  expect(await bed.registry.published()).toContain('plain-dockerfile');
});
