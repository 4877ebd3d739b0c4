import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { assemble, type PartReport } from './assemble.ts';
import { describeAws, type LabAws } from './aws/describe.ts';
import { awsParts } from './aws/index.ts';
import type { EngineKind } from './engine-choice.ts';
import { type FileContent, GitRepository } from './git/repository.ts';
import { labHome, labPaths } from './home.ts';
import { Journal } from './journal.ts';
import { LabError } from './lab-error.ts';
import { withLock } from './lock.ts';
import {
  describeNewest,
  isOnNewest,
  newestBuilderImage,
  newestBuilderPart,
  newestEnginePart,
  ownNewestBuilderPart,
} from './newest/engine.ts';
import { Facts, type LabContext, type Part, readJson, writeJson } from './part.ts';
import { builderReference } from './parts/builder-image.ts';
import { busyboxReference } from './parts/busybox-image.ts';
import { debianReference } from './parts/debian-image.ts';
import { accessLog, caFile, gitUrl, nextflowPath, nextflowVersion, publicUrl, tokenFile } from './parts/git-server.ts';
import { parts } from './parts/index.ts';
import { registryHost } from './parts/registry.ts';
import { vecoliMiniName } from './parts/vecoli-mini.ts';
import { createProgress, type LabListener } from './progress.ts';
import { revert } from './revert.ts';

export type { LabAws } from './aws/describe.ts';
export { type CommitOptions, type FileContent, GitRepository } from './git/repository.ts';

/** The state of the lab: the contents of lab.json in its folder. */
export interface Lab {
  readonly home: string;
  /** Who started it, and from which clone. */
  readonly owner: { readonly user: string; readonly clone: string; readonly startedAt: string };
  readonly engine: { readonly host: string; readonly startedByLab: boolean };
  readonly registry: { readonly host: string };
  readonly images: { readonly debian: string; readonly busybox: string; readonly builder: string };
  readonly git: {
    readonly url: string;
    readonly caFile: string;
    readonly tokenFile: string;
    readonly repositoriesFolder: string;
    /** One line per request: time, method, path, status, bytes sent. */
    readonly accessLog: string;
  };
  readonly examples: {
    readonly vecoliMini: { readonly url: string; readonly commit: string; readonly branch: string };
  };
  readonly nextflow: { readonly url: string; readonly version: string; readonly sha256: string };
  /** The host's address for containers on the default bridge. */
  readonly bridgeAddress: string;
  /** Undefined until it is requested. */
  readonly aws?: LabAws | undefined;
}

export interface EnsureLabOptions {
  readonly home?: string;
  /** Also start its AWS. @default false */
  readonly aws?: boolean;
  /** Also start the newest engine. @default false */
  readonly newest?: boolean;
  /** What to start where no engine runs; also what to use where only the newest runs. @default debian */
  readonly engine?: EngineKind;
  /** Notified of the parts that have to be started; by default prints lines on stderr. */
  readonly listener?: LabListener;
  /** Called at the end with the parts that had to be started, and how long each took. */
  readonly onReport?: (reports: readonly PartReport[]) => void;
}

const newestParts = [newestEnginePart, newestBuilderPart];

/** Starts the machine's one lab, or repairs it; does nothing if it is healthy. */
export async function ensureLab(options: EnsureLabOptions = {}): Promise<Lab> {
  refuseOtherSystems();
  const home = options.home ?? labHome();
  const listener = options.listener ?? createProgress();
  return withLock(
    lockFile(home),
    (pid) => listener.onWait(pid),
    async () => {
      const context = openContext(home, options.engine ?? 'debian');
      const more = [
        ...(options.aws === true ? awsParts : []),
        ...(options.newest === true ? newestParts : []),
        ...(options.engine === 'newest' ? [ownNewestBuilderPart] : []),
      ];
      const reports = await assemble([...parts, ...more], context, listener);
      options.onReport?.(reports);
      rmSync(context.paths.workFolder, { recursive: true, force: true });
      if (options.aws === true) context.facts.set('aws', true);
      const lab = describeLab(context);
      writeJson(context.paths.labFile, lab);
      if (options.newest === true) describeNewest(context.paths);
      return lab;
    },
  );
}

/** The lab as last started, healthy or not; undefined if there is none. */
export async function readLab(home: string = labHome()): Promise<Lab | undefined> {
  return readJson<Lab>(labPaths(home).labFile);
}

export interface TakeDownOptions {
  readonly home?: string;
  /** Also remove the Debian packages that the lab installed. */
  readonly purge?: boolean;
}

/** Reverts everything that the lab changed on this machine; returns lines to print. */
export async function takeDownLab(options: TakeDownOptions = {}): Promise<readonly string[]> {
  const home = options.home ?? labHome();
  if (!existsSync(home)) return ['there is no lab on this machine'];
  const progress = createProgress();
  return withLock(
    lockFile(home),
    (pid) => progress.onWait(pid),
    () => revert(openContext(home, 'debian'), { purge: options.purge ?? false }),
  );
}

export interface PartState {
  readonly name: string;
  /** Undefined when it is healthy. */
  readonly problem: string | undefined;
}

/** Checks each part without changing anything. */
export async function inspectLab(home: string = labHome()): Promise<readonly PartState[]> {
  // Either kind is well where it is the one that was started.
  const context = openContext(home, isOnNewest(openContext(home, 'debian')) ? 'newest' : 'debian');
  const present = context.facts.find('aws') === true ? [...parts, ...awsParts] : parts;
  return Promise.all(present.map((part) => inspectPart(part, context)));
}

/** Another private repository on the lab's git server, with a first commit of these files on `main`. */
export async function createRepository(
  lab: Lab,
  name: string,
  files: Readonly<Record<string, FileContent>>,
): Promise<{ repository: GitRepository; url: string; strictUrl: string; commit: string }> {
  const repository = await GitRepository.open(lab, name);
  const commit = await repository.commit(files, { message: 'First commit' });
  return { repository, url: repository.url, strictUrl: repository.strictUrl, commit };
}

async function inspectPart(part: Part, context: LabContext): Promise<PartState> {
  const problem = await part.check(context).catch((error: unknown) => String(error));
  return { name: part.name, problem };
}

function openContext(home: string, wantedEngine: EngineKind): LabContext {
  const paths = labPaths(home);
  mkdirSync(home, { recursive: true });
  return { paths, journal: new Journal(paths.journalFile), facts: new Facts(paths.factsFile), wantedEngine };
}

function lockFile(home: string): string {
  return `${home}.lock`;
}

function refuseOtherSystems(): void {
  if (process.platform === 'linux') return;
  throw new LabError(`the lab runs on Linux, this is ${process.platform}`, {
    hint: 'run it in a Debian virtual machine',
  });
}

function describeLab(context: LabContext): Lab {
  const { paths, facts } = context;
  const before = readJson<Lab>(paths.labFile);
  return {
    home: paths.home,
    owner: before?.owner ?? {
      user: userInfo().username,
      clone: fileURLToPath(new URL('..', import.meta.url)),
      startedAt: new Date().toISOString(),
    },
    engine: { host: facts.get('engineHost'), startedByLab: facts.get('engineStartedByLab') },
    registry: { host: registryHost(context) },
    images: {
      debian: debianReference(context),
      busybox: busyboxReference(context),
      builder: isOnNewest(context) ? newestBuilderImage : builderReference,
    },
    git: {
      url: gitUrl(context),
      caFile: caFile(context),
      tokenFile: tokenFile(context),
      repositoriesFolder: paths.repositoriesFolder,
      accessLog: accessLog(context),
    },
    examples: {
      vecoliMini: {
        url: `${gitUrl(context)}/${vecoliMiniName}.git`,
        commit: facts.get('vecoliMiniCommit'),
        branch: 'main',
      },
    },
    nextflow: {
      url: `${publicUrl(context)}/${nextflowPath}`,
      version: nextflowVersion,
      sha256: facts.get('nextflowSha256'),
    },
    bridgeAddress: facts.get('bridgeAddress'),
    aws: facts.find('aws') === true ? describeAws(context) : undefined,
  };
}
