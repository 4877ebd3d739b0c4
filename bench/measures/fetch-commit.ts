import { randomBytes } from 'node:crypto';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nativePlatform } from '../../lab/platforms.ts';
import type { Bed } from '../bed.ts';
import { BenchEngine } from '../engine.ts';
import { GitTraffic } from '../git-traffic.ts';
import { type Contestant, interleave } from '../interleave.ts';
import type { Measure } from '../measure.ts';
import { openRegistryFor } from '../registry.ts';
import { Twinhull } from '../twinhull.ts';

const commits = 2_000;
const fileCount = 100;
const fileSize = 50 * 1024;
const rounds = 5;

export const fetchCommit: Measure = {
  name: 'fetch-commit',
  title: 'Fetching one commit of a long history',
  method:
    'A repository of 2,000 commits and 100 MB of random bytes, each commit with a new version of one of its 100 files of 50 KiB. ' +
    'A builder’s phases clone and checkout in a real job, against `git clone --single-branch` in a container of the same image; ' +
    'bytes as the git server counted them.',

  async run(bed) {
    const engine = await BenchEngine.start(bed);
    const twinhull = new Twinhull(bed, { engine, destination: `${await openRegistryFor(bed)}/bench/app` });
    const { repository, url } = await bed.repository({ Dockerfile: `FROM ${bed.lab.images.busybox}\n` });
    bed.say(`making a history of ${String(commits)} commits`);
    await repository.git(['fast-import', '--quiet'], history());
    const made = Number(await repository.git(['rev-list', '--count', 'main']));
    if (made < commits) throw new Error(`the history has ${String(made)} commits`);
    const traffic = new GitTraffic(bed.lab, repository.name);
    const recipe = writeRecipe(bed);
    const inbox = writeInbox(bed);

    const bytes = { fetch: [] as number[], clone: [] as number[] };
    const fetch: Contestant = {
      label: 'the builder: one commit',
      run: async (round) => {
        const commit = await repository.commit({ round: String(round) });
        const begin = traffic.mark();
        const { jobs } = await twinhull.build({ repository: url, commit, recipe });
        bytes.fetch.push(await traffic.bytesSince(begin));
        const phases = jobs[0]?.attempts[0]?.phases.filter(({ phase }) => phase === 'clone' || phase === 'checkout');
        return (phases ?? []).reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
      },
    };
    const clone: Contestant = {
      label: '`git clone --single-branch`',
      run: async () => {
        const begin = traffic.mark();
        const words = ['--volume', `${inbox}:/inbox:ro`, '--entrypoint', 'sh', bed.lab.images.builder];
        const milliseconds = await engine.docker('run', '--rm', ...words, '/inbox/clone', url);
        bytes.clone.push(await traffic.bytesSince(begin));
        return Number(milliseconds) / 1000;
      },
    };
    const [fetchSeconds = [], cloneSeconds = []] = await interleave([fetch, clone], {
      rounds,
      warmUps: 0,
      onSample: bed.saySample('seconds'),
    });
    return {
      comparisons: [
        {
          what: 'bytes',
          unit: 'bytes',
          ours: { label: fetch.label, samples: bytes.fetch },
          baseline: { label: clone.label, samples: bytes.clone },
          target: { atMostTimes: 0.1 },
        },
        {
          what: 'time',
          unit: 'seconds',
          ours: { label: fetch.label, samples: fetchSeconds },
          baseline: { label: clone.label, samples: cloneSeconds },
        },
      ],
    };
  },
};

/** A stream for `git fast-import` (https://git-scm.com/docs/git-fast-import): commits on top of `main`. */
function history(): Buffer {
  return Buffer.concat(Array.from({ length: commits }, (_, n) => commandsOf(n)).flat());
}

function commandsOf(n: number): readonly Buffer[] {
  const head = [
    'commit refs/heads/main',
    `committer Twinhull Bench <bench@example.org> ${String(1_700_000_000 + n)} +0000`,
    'data 0',
    // The first commit names its parent; each of the others follows the one before it.
    ...(n === 0 ? ['from refs/heads/main^0'] : []),
    `M 100644 inline data/${String(n % fileCount)}.bin`,
    `data ${String(fileSize)}`,
  ];
  return [Buffer.from(`${head.join('\n')}\n`), randomBytes(fileSize), Buffer.from('\n')];
}

function writeRecipe(bed: Bed): string {
  const file = join(bed.newFolder(), 'twinhull.yaml');
  const image = `{ platforms: [${nativePlatform}], dockerfile: { cache: false } }`;
  writeFileSync(file, `version: 1\nname: bench\nimages:\n  app: ${image}\n`);
  return file;
}

/** The files that a plain clone needs: the token, the CA, and a script that prints how many milliseconds it took. */
function writeInbox(bed: Bed): string {
  const folder = bed.newFolder();
  copyFileSync(bed.lab.git.tokenFile, join(folder, 'token'));
  copyFileSync(bed.lab.git.caFile, join(folder, 'ca.pem'));
  const askpass = '#!/bin/sh\ncase $1 in Username*) echo x-access-token ;; *) cat /inbox/token ;; esac\n';
  writeFileSync(join(folder, 'askpass'), askpass, { mode: 0o755 });
  const clone = `set -e
export GIT_ASKPASS=/inbox/askpass GIT_SSL_CAINFO=/inbox/ca.pem
begin=$(date +%s%N)
git clone -q --single-branch --branch main "$1" /tmp/clone
echo $((($(date +%s%N) - begin) / 1000000))
`;
  writeFileSync(join(folder, 'clone'), clone);
  return folder;
}
