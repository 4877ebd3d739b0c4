/**
 * URL of `src`, or of `dist` in the package. Files are located from here and never from the module that needs them,
 * because the bundler moves modules.
 */
export const codeFolder = new URL(import.meta.url.replace(/(.*\/(?:src|dist)\/).*/, '$1'));

/** How a module's file name ends here. */
export const moduleExtension = codeFolder.pathname.endsWith('/src/') ? '.ts' : '.js';
