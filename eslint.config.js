import tseslint from 'typescript-eslint';

/**
 * Imports point inward. For each folder of src: the folders that it may not import from. A breach fails the build.
 */
const forbidden = {
  recipes: ['adapters', 'builder', 'cli', 'pipeline', 'ports', 'settings', 'wiring', 'server'],
  errors: ['adapters', 'builder', 'cli', 'pipeline', 'ports', 'recipes', 'settings', 'wiring', 'server'],
  domain: ['adapters', 'builder', 'cli', 'pipeline', 'ports', 'settings', 'wiring', 'recipes', 'server'],
  manifests: ['adapters', 'builder', 'cli', 'pipeline', 'ports', 'settings', 'wiring', 'recipes', 'server'],
  ports: ['adapters', 'builder', 'cli', 'pipeline', 'settings', 'wiring', 'recipes', 'server'],
  builder: ['adapters', 'cli', 'pipeline', 'ports', 'settings', 'wiring', 'recipes', 'server'],
  pipeline: ['adapters', 'cli', 'settings', 'wiring', 'recipes', 'server'],
  settings: ['adapters', 'cli', 'pipeline', 'ports', 'wiring', 'recipes', 'server'],
  adapters: ['cli', 'pipeline', 'settings', 'wiring', 'server'],
  presentation: ['adapters', 'builder', 'cli', 'pipeline', 'recipes', 'server', 'settings', 'wiring'],
  server: ['adapters', 'cli', 'settings', 'wiring'],
  wiring: ['cli', 'server'],
};

const layers = Object.entries(forbidden).map(([layer, others]) => ({
  files: [`src/${layer}/**/*.ts`],
  ignores: ['**/*.test.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^(\\.\\./)+(${others.join('|')})/`,
            message: `src/${layer} must not depend on this folder: imports point inward (docs/architecture.md).`,
          },
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['**/dist/**', '**/cdk.out/**', '**/node_modules/**', 'coverage/**', 'examples/**'] },
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
      'max-lines': ['error', { max: 500 }],
    },
  },
  {
    files: ['test/**/*.ts', 'infra/test/**/*.ts', '**/*.test.ts', 'lab/**/*.ts', 'bench/**/*.ts', 'scripts/**/*.ts'],
    rules: {
      'no-restricted-syntax': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      // vitest's asymmetric matchers are of type any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
    },
  },
  { files: ['**/*.js', '**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
  ...layers,
);
