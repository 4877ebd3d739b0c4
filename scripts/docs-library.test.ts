import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const blocks = [...readFileSync(path.join(root, 'docs/library.md'), 'utf8').matchAll(/```ts\n([^`]*(?:`[^`]+)*?)```/g)];

// A place from which the imports of an example resolve: the construct's are relative to infra/bin.
const examples = new Map(
  blocks.map(([, text = ''], at) => {
    const folder = text.includes("'aws-cdk-lib'") ? 'infra/bin' : 'examples';
    return [path.join(root, folder, `library-example-${String(at + 1)}.ts`), text] as const;
  }),
);

it('docs/library.md has four examples that compile', () => {
  expect(examples.size).toBe(4);
  expect(problemsOf(examples)).toEqual([]);
});

it('an example that does not compile is found', () => {
  const wrong = new Map([
    [path.join(root, 'examples/wrong.ts'), "import { nothing } from 'twinhull';\nvoid nothing;\n"],
  ]);
  expect(problemsOf(wrong)).toEqual([expect.stringContaining("no exported member 'nothing'")]);
});

function problemsOf(files: ReadonlyMap<string, string>): readonly string[] {
  const { config } = ts.readConfigFile(path.join(root, 'tsconfig.json'), (file) => readFileSync(file, 'utf8')) as {
    config: { compilerOptions: Record<string, unknown> };
  };
  const paths = { twinhull: ['./src/index.ts'], 'twinhull/client': ['./src/client/client.ts'] };
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, paths }, root);
  const host = ts.createCompilerHost(options);
  const original = { ...host };
  host.fileExists = (file) => files.has(file) || original.fileExists(file);
  host.readFile = (file) => files.get(file) ?? original.readFile(file);
  host.getSourceFile = (file, ...rest) => {
    const text = files.get(file);
    return text === undefined ? original.getSourceFile(file, ...rest) : ts.createSourceFile(file, text, rest[0]);
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return [...files.keys()].flatMap((file) =>
    ts
      .getPreEmitDiagnostics(program, program.getSourceFile(file))
      .map(({ messageText }) => `${path.basename(file)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`),
  );
}
