import { defineConfig } from 'vite';

/** The pages, into the package. No source maps: they would be larger than the rest of the package. */
export default defineConfig({
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});
