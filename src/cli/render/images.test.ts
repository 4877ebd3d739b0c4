import { expect, it } from 'vitest';
import { publishedBuild, shownCommit, shownDigest } from '../../../test/helpers/shown-builds.ts';
import { renderImages } from './images.ts';

it('shows every tag in full, its target, and the images of an index', () => {
  expect(renderImages(publishedBuild())).toBe(
    `registry.example.com/lab/vecoli:${shownCommit}
  index                 ${shownDigest('d')}
  linux/arm64  41.0 MB  ${shownDigest('a')}
  linux/amd64  39.1 MB  ${shownDigest('b')}

registry.example.com/lab/vecoli:${shownCommit}-submit
  image                  ${shownDigest('c')}
  linux/amd64  181.0 MB
`,
  );
});

it('reports that nothing was published', () => {
  expect(renderImages(publishedBuild({ state: 'failed', tags: [] }))).toBe(
    'vecoli at 3f2c1a9 (main) has published nothing (build 0mh2k3v9a1b2 is failed)\n',
  );
});
