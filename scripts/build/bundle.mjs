import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { licences } from './licences.mjs';

/**
 * Writes the program and the library's entries as few modules: reading some 450 files took most of the start-up time.
 * What is imported on demand is a chunk of its own, so it still loads on demand. A package is bundled if package.json
 * lists it under devDependencies; those under dependencies are installed with it, because they are native, large or rarely needed.
 */
export async function bundle(root, dist) {
  const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/cli/main.ts', 'src/index.ts', 'src/client/client.ts'],
    outbase: 'src',
    outdir: dist,
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    // A few packages have a UMD build as main, whose inner modules cannot be bundled.
    mainFields: ['module', 'main'],
    target: 'node20.19',
    external: Object.keys(dependencies).flatMap((name) => [name, `${name}/*`]),
    // Names stay as they are: stack traces must be readable without a source map.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    // Packages in CommonJS require Node's own modules.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    plugins: [englishOnly],
    metafile: true,
    logLevel: 'warning',
  });
  const { dependencies: ofPages } = JSON.parse(readFileSync(path.join(root, 'web/package.json'), 'utf8'));
  const inPages = Object.keys(ofPages).map((name) => `node_modules/${name}`);
  writeFileSync(
    path.join(dist, 'THIRD-PARTY-LICENSES.txt'),
    licences(root, [...Object.keys(metafile.inputs), ...inPages]),
  );
}

/** Zod's messages in 50 languages are a third of its size. */
const englishOnly = {
  name: 'english-only',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};
