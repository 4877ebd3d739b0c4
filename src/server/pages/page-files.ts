import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { codeFolder } from '../../code-folder.ts';

/** One file of the built pages, ready to be sent. */
export interface PageFile {
  readonly type: string;
  readonly etag: string;
  readonly content: Buffer;
  readonly zipped: Buffer;
}

/** The built pages by their path below the root of the service, such as `/assets/index-1a2b.js`. */
export type PageFiles = ReadonlyMap<string, PageFile>;

/** Where `npm run build` puts them: the folder `web` of the compiled program. */
export const builtPages = fileURLToPath(new URL('web/', codeFolder));

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Reads all of them into memory: they are few and small. @returns no files where none were built */
export async function readPageFiles(folder: string): Promise<PageFiles> {
  const found = await readdir(folder, { recursive: true }).catch(() => []);
  const names = found.filter((name) => path.extname(name) in types);
  const files = names.map(
    async (name) => [`/${name.replaceAll(path.sep, '/')}`, await readPage(folder, name)] as const,
  );
  return new Map(await Promise.all(files));
}

async function readPage(folder: string, name: string): Promise<PageFile> {
  const content = await readFile(path.join(folder, name));
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
  const zipped = await promisify(gzip)(content, { level: 9 });
  return { type: types[path.extname(name)] ?? 'application/octet-stream', etag, content, zipped };
}
