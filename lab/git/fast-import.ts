/** A file's text or bytes, with a mode unless it is a plain file; or a commit of another repository (a submodule). */
export type FileContent =
  | string
  | Uint8Array
  | { readonly mode: '100644' | '100755' | '120000'; readonly content: string | Uint8Array }
  | { readonly submodule: string };

export interface ImportedCommit {
  readonly ref: string;
  readonly parent: string | undefined;
  readonly files: Readonly<Record<string, FileContent | null>>;
  readonly message: string;
  readonly date: number;
  readonly replaceAll: boolean;
}

const author = 'Twinhull Lab <lab@example.org>';

/** One commit in the format of `git fast-import` (https://git-scm.com/docs/git-fast-import). */
export function fastImport(commit: ImportedCommit): Buffer {
  const head = [
    `commit ${commit.ref}\n`,
    `author ${author} ${commit.date} +0000\n`,
    `committer ${author} ${commit.date} +0000\n`,
    data(commit.message),
    commit.parent === undefined ? `` : `from ${commit.parent}\n`,
    commit.replaceAll ? 'deleteall\n' : '',
  ];
  const reset = commit.parent === undefined ? [`reset ${commit.ref}\n`] : [];
  const files = Object.entries(commit.files).map(([path, content]) => fileCommand(path, content));
  return Buffer.concat([...reset, ...head, ...files, '\n'].map((part) => Buffer.from(part as string)));
}

function fileCommand(path: string, content: FileContent | null): Buffer {
  const quoted = `"${path.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')}"`;
  if (content === null) return Buffer.from(`D ${quoted}\n`);
  if (isPlain(content)) return inline('100644', quoted, content);
  if ('submodule' in content) return Buffer.from(`M 160000 ${content.submodule} ${quoted}\n`);
  return inline(content.mode, quoted, content.content);
}

function isPlain(content: FileContent): content is string | Uint8Array {
  return typeof content === 'string' || content instanceof Uint8Array;
}

function inline(mode: string, path: string, content: string | Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`M ${mode} inline ${path}\n`), data(content)]);
}

function data(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')]);
}
