import fc from 'fast-check';
import type { Build } from '../../src/domain/build.ts';
import type { BuildEvent } from '../../src/domain/build-event.ts';
import type { Failure } from '../../src/domain/failure.ts';
import type { BuildStore } from '../../src/ports/build-store.ts';
import { sampleBuild, samplePlan } from './sample-builds.ts';

/** Text that a browser, a terminal or a reader's eye may take for something else. */
const pieces = [
  ...[
    '<img src=x onerror=document.title=1>',
    '<script>document.title=1</script>',
    '</title><b>',
    '<style>*{}',
    '&lt;b&gt;',
  ],
  ...[
    '"><svg/onload=document.title=1>',
    "'-alert(1)-'",
    'javascript:document.title=1',
    '`code`',
    '``',
    '${1}',
    '{{1}}',
  ],
  ...[
    '\u202e',
    '\u2066',
    '\u200f',
    '\ufeff',
    '\u0007',
    '\u0085',
    '\u001b[31m',
    '\u001b]8;;http://x\u0007',
    '\u001b[2J',
  ],
  ...['漢字', '🐳', 'a\u0301\u0301\u0301', 'x'.repeat(400), 'y '.repeat(200), '\ud83d', '%00', '../..', 'é', ' '],
] as const;

/** A text of up to 2,000 characters with some of these. */
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'grapheme', maxLength: 5 })), {
    minLength: 1,
    maxLength: 6,
  })
  .map((parts) => storable(parts.join('').slice(0, 2000)) || '-');

/** No store takes a NUL or half of a pair; the builder and the API do not let them through either. */
function storable(text: string): string {
  return text
    .replaceAll('\0', '')
    .replaceAll(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '');
}

/** What is said about one build by its repository, its people and its jobs. */
export interface HostileTexts {
  readonly subject: string;
  readonly author: string;
  readonly branch: string;
  readonly submittedBy: string;
  readonly message: string;
  readonly reason: string;
  readonly note: string;
  readonly lines: readonly string[];
}

export const hostileTexts: fc.Arbitrary<HostileTexts> = fc.record({
  ...{ subject: hostile, author: hostile, branch: hostile, submittedBy: hostile },
  ...{ message: hostile, reason: hostile, note: hostile },
  lines: fc.array(hostile, { minLength: 1, maxLength: 12 }),
});

/** Stores a failed build that has these texts wherever one can come from outside. */
export async function storeHostileBuild(store: BuildStore, texts: HostileTexts, createdAt: number): Promise<Build> {
  const { subject, author, branch, submittedBy, message, reason, note, lines } = texts;
  const plan = samplePlan();
  const created = sampleBuild(plan, { createdAt, branch, submittedBy, reference: branch, subject, author });
  const [{ platform } = { platform: 'linux/arm64' as const }] = plan.jobs;
  const job = { platform, attempt: 1 };
  const failure: Failure = {
    ...{ code: 'JobFailed', message, hint: message, backendReason: reason, logTail: lines },
    ...{ platform, phase: 'build', image: 'task', exitCode: 3, infrastructure: false },
  };
  const started: readonly BuildEvent[] = [
    { type: 'job.intended', ...job, name: `twinhull-${created.id}-1` },
    { type: 'job.queued', ...job, backendId: note, adopted: false },
    { type: 'job.waiting', ...job, reason },
    { type: 'job.started', ...job, startedAt: createdAt + 1000, jobKey: note },
  ];
  const first: BuildEvent = {
    type: 'build.created',
    commit: created.commit,
    recipe: created.recipe,
    platforms: [platform],
  };
  await store.create(created, plan, [first]);
  const running = await store.append(created, started, createdAt + 1000);
  const text = lines.map((line) => `${line.replaceAll('\n', ' ')}\n`).join('');
  const log = { buildId: created.id, platform, attempt: 1 };
  await store.appendLog(
    { log, offset: 0, text, cursor: 'c' },
    [{ type: 'job.note', ...job, text: note }],
    createdAt + 2000,
  );
  const ended: readonly BuildEvent[] = [
    { type: 'job.ended', ...job, result: 'failed', finishedAt: createdAt + 9000, exitCode: 3, phases: [], failure },
    { type: 'job.failed', platform, failure },
    { type: 'build.failed', failure },
  ];
  return store.append(running, ended, createdAt + 9000);
}
