import { readdirSync } from 'node:fs';
import jsdoc from 'eslint-plugin-jsdoc';
import tseslint from 'typescript-eslint';

/**
 * Imports point inward. For each folder of src: the folders that it may import from (docs/architecture.md). All may use
 * the domain; a breach, or a folder without a row, fails the build.
 */
const allowed = {
  domain: [],
  capacity: [],
  ports: [],
  recipes: [],
  client: ['ports'],
  manifests: [],
  builder: [],
  settings: [],
  pipeline: ['ports', 'builder'],
  adapters: ['ports', 'builder', 'recipes'],
  'build-json': ['ports'],
  server: ['pipeline', 'ports', 'builder', 'recipes', 'build-json', 'manifests'],
  wiring: ['adapters', 'client', 'pipeline', 'ports', 'builder', 'recipes', 'settings'],
};

const folders = readdirSync(new URL('src', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

const layers = folders
  .filter((layer) => layer !== 'cli')
  .map((layer) => {
    const may = allowed[layer];
    if (may === undefined) throw new Error(`eslint.config.js does not say what src/${layer} may import from`);
    const others = folders.filter((name) => ![layer, 'domain', ...may].includes(name));
    const message = `src/${layer} must not depend on this folder: imports point inward (docs/architecture.md).`;
    return {
      files: [`src/${layer}/**/*.ts`],
      ignores: ['**/*.test.ts'],
      rules: {
        'no-restricted-imports': ['error', { patterns: [{ regex: `^(\\.\\./)+(${others.join('|')})/`, message }] }],
      },
    };
  });

/** Calls that fail a test: of vitest, of the CDK's templates and annotations, and waits with a deadline. */
const assertion = '^(expect|assert|pollUntil|waitFor|has(No)?(Resource|Warning)|allResources|resourceCountIs)';

/** `it(…)`, `it.skipIf(…)` and `it.each(…)(…)` whose function has no assertion. */
const testWithoutAssertion = {
  selector: `CallExpression:matches([callee.name=/^(it|test)$/], [callee.object.name=/^(it|test)$/], [callee.callee.object.name=/^(it|test)$/]) > :function:not(:has(Identifier[name=/${assertion}/]))`,
  message: 'This test cannot fail: assert what it is about.',
};

/** Options of `jsdoc/require-jsdoc` that require a comment on each export of these kinds, besides functions and classes. */
function documented(kinds) {
  return {
    publicOnly: true,
    enableFixer: false,
    require: { FunctionDeclaration: true, ClassDeclaration: true },
    contexts: kinds.map((kind) => `ExportNamedDeclaration > ${kind}`),
  };
}

export default tseslint.config(
  {
    ignores: ['**/dist/**', '**/cdk.out/**', '**/node_modules/**', 'coverage/**', 'examples/**'],
  },
  ...tseslint.configs.strictTypeChecked,
  ...tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // `process.env['X']` is what noPropertyAccessFromIndexSignature asks for.
      '@typescript-eslint/dot-notation': 'off',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // An empty string counts as not set: `||` is meant.
      '@typescript-eslint/prefer-nullish-coalescing': ['error', { ignorePrimitives: { string: true } }],
      // `parsed<T>(json)` names what the caller expects.
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // Loops that wait re-read what another task changes.
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // Ports are promises even where an implementation has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector: "ThrowStatement > NewExpression[callee.name='Error']",
          message: 'Throw a TwinhullError with a code of the catalogue.',
        },
      ],
      'max-lines': ['error', { max: 300 }],
      'max-lines-per-function': ['error', { max: 80, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: [
      'test/**/*.ts',
      'infra/test/**/*.ts',
      '**/*.test.ts',
      'lab/**/*.ts',
      'bench/**',
      'scripts/**/*.{ts,mjs}',
      '*.js',
    ],
    rules: {
      'no-restricted-syntax': ['error', testWithoutAssertion],
      '@typescript-eslint/no-non-null-assertion': 'off',
      // vitest's asymmetric matchers are of type any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
    },
  },
  {
    // The callbacks of `describe` contain tests, whose number is no measure of complexity; a page is mostly markup.
    files: ['test/**', 'infra/test/**', 'web/**', '**/*.test.{ts,tsx}'],
    rules: { 'max-lines': ['error', { max: 500 }], 'max-lines-per-function': 'off' },
  },
  {
    // These functions are lists of a resource's routes.
    files: ['src/server/routes/*.ts'],
    rules: { 'max-lines-per-function': 'off' },
  },
  {
    // Every export has a comment. Commands, routes and schemas describe themselves: their texts become the references.
    files: ['src/**/*.ts'],
    ignores: ['**/*.test.ts', 'src/client/api-schema.ts', 'src/cli/{commands,table}/**'],
    plugins: { jsdoc },
    rules: { 'jsdoc/require-jsdoc': ['error', documented(['TSInterfaceDeclaration', 'TSTypeAliasDeclaration'])] },
  },
  {
    files: ['src/**/*.ts'],
    ignores: [
      '**/*.test.ts',
      'src/client/api-schema.ts',
      'src/cli/{commands,table}/**',
      'src/server/{routes,schemas}/**',
    ],
    plugins: { jsdoc },
    rules: {
      'jsdoc/require-jsdoc': [
        'error',
        documented(['TSInterfaceDeclaration', 'TSTypeAliasDeclaration', 'VariableDeclaration']),
      ],
    },
  },
  { files: ['**/*.js', '**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
  {
    // Generated (scripts/client-types.ts), in the style of its generator.
    files: ['src/client/api-schema.ts'],
    rules: { 'max-lines': 'off', '@typescript-eslint/consistent-indexed-object-style': 'off' },
  },
  ...layers,
);
