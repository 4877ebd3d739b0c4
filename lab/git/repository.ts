import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run, tryRun } from '../run.ts';
import { type FileContent, fastImport } from './fast-import.ts';

export type { FileContent } from './fast-import.ts';

export interface CommitOptions {
  /** `main` by default. A new branch starts at `from`, or without history. */
  readonly branch?: string;
  /** A branch or commit that a new branch starts from. */
  readonly from?: string;
  readonly message?: string;
  /** Seconds since the Unix epoch; fixed by default, so that the same files give the same commit. */
  readonly date?: number;
  /** Start from an empty tree instead of the parent's files. */
  readonly replaceAll?: boolean;
}

/** The location of a repository on the lab's git server. */
export interface RepositoryPlace {
  readonly git: { readonly url: string; readonly repositoriesFolder: string };
}

/** One repository on the lab's git server. */
export class GitRepository {
  readonly name: string;
  readonly folder: string;
  /** Serves any commit by its SHA. */
  readonly url: string;
  /** The same repository, serving only tips of branches and tags. */
  readonly strictUrl: string;

  private constructor(lab: RepositoryPlace, name: string) {
    this.name = name;
    this.folder = join(lab.git.repositoriesFolder, `${name}.git`);
    this.url = `${lab.git.url}/${name}.git`;
    this.strictUrl = `${lab.git.url}/strict/${name}.git`;
  }

  /** Opens the repository; creates an empty one if it does not exist. */
  static async open(lab: RepositoryPlace, name: string): Promise<GitRepository> {
    const repository = new GitRepository(lab, name);
    if (!existsSync(join(repository.folder, 'HEAD'))) {
      mkdirSync(dirname(repository.folder), { recursive: true });
      await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', repository.folder]);
    }
    return repository;
  }

  /** Commits files (null deletes; others are unchanged) on a branch and returns the commit's full SHA. */
  async commit(files: Readonly<Record<string, FileContent | null>>, options: CommitOptions = {}): Promise<string> {
    const branch = options.branch ?? 'main';
    const parent = (await this.resolve(`refs/heads/${branch}`)) ?? (options.from && (await this.resolve(options.from)));
    await this.commitOnRef(`refs/heads/${branch}`, files, options, parent);
    return this.head(branch);
  }

  /** Points any ref at a commit of these files, with or without a parent. */
  async commitOnRef(
    ref: string,
    files: Readonly<Record<string, FileContent | null>>,
    options: CommitOptions,
    parent: string | undefined,
  ): Promise<string> {
    const stream = fastImport({
      ref,
      parent,
      files,
      message: options.message ?? 'Change files',
      date: options.date ?? 1_700_000_000,
      replaceAll: options.replaceAll ?? false,
    });
    await this.git(['fast-import', '--quiet', '--force'], stream);
    return (await this.git(['rev-parse', '--verify', ref])).trim();
  }

  async head(branch = 'main'): Promise<string> {
    return (await this.git(['rev-parse', '--verify', `refs/heads/${branch}`])).trim();
  }

  async tag(name: string, commit: string): Promise<void> {
    await this.git(['update-ref', `refs/tags/${name}`, commit]);
  }

  async deleteBranch(name: string): Promise<void> {
    await this.git(['update-ref', '-d', `refs/heads/${name}`]);
  }

  /** The full SHA of a commit, or undefined if it does not exist. */
  async resolve(revision: string): Promise<string | undefined> {
    const found = await tryRun('git', ['-C', this.folder, 'rev-parse', '--verify', '--quiet', `${revision}^{commit}`]);
    return found?.trim() || undefined;
  }

  /** Runs any git command in the bare repository. */
  git(args: readonly string[], input?: Uint8Array): Promise<string> {
    return run('git', ['-C', this.folder, ...args], input === undefined ? {} : { input });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
