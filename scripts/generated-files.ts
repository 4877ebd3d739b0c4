import { recipeJsonSchema } from '../src/recipes/recipe-json-schema.ts';

export interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  content(): string;
}

/** Every committed file that is made from the source. A test holds them up to date. */
export const generatedFiles: readonly GeneratedFile[] = [
  { path: 'schema/recipe.schema.json', content: () => `${JSON.stringify(recipeJsonSchema(), null, 2)}\n` },
];
