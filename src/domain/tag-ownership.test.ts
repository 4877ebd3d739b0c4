import { describe, expect, it } from 'vitest';
import {
  type CurrentTag,
  judgeTagMove,
  otherAbbreviationIn,
  otherCommitIn,
  type TagOwner,
  type WantedTag,
} from './tag-ownership.ts';

const commit = 'c0ffee0123456789abcdef0123456789abcdef01';
const other = 'b'.repeat(40);
const owner: TagOwner = { repository: 'https://git.example/acme/model.git', recipe: 'model', image: 'task', commit };
const wanted: WantedTag = { tag: 'v1', digest: 'new', owner, moving: false, decidedAt: 10, force: false };

function current(
  of: Partial<TagOwner>,
  more: { moving?: boolean; decidedAt?: number; digest?: string } = {},
): CurrentTag {
  const { moving = false, decidedAt = 5, digest = 'old' } = more;
  const spot = { destination: 'registry.example/model', tag: 'v1', digest };
  return { digest, record: { ...spot, owner: { ...owner, ...of }, moving, buildId: 'build1', decidedAt } };
}

const others: readonly [string, Partial<TagOwner>][] = [
  ['another repository', { repository: 'https://git.example/acme/other.git' }],
  ['another recipe', { recipe: 'second' }],
  ['another image', { image: 'submit' }],
];

describe('a tag that does not exist', () => {
  it.each([true, false])('is put, moving: %s', (moving) => {
    expect(judgeTagMove({ ...wanted, moving }, undefined)).toEqual({ verdict: 'put' });
  });
});

describe('a fixed tag', () => {
  it('is replaced by the same owner with the same commit, under any spelling of the repository', () => {
    expect(judgeTagMove(wanted, current({}))).toEqual({ verdict: 'put' });
    const github = { ...owner, repository: 'https://github.com/Acme/Model.git' };
    const spelled = current({ repository: 'https://github.com/acme/model' });
    expect(judgeTagMove({ ...wanted, owner: github }, spelled)).toEqual({ verdict: 'put' });
  });

  it.each([...others, ['another commit', { commit: other }] as const])(
    'of %s is not replaced, with or without force',
    (_, of) => {
      for (const moving of [true, false]) {
        for (const force of [true, false]) {
          expect(judgeTagMove({ ...wanted, moving, force }, current(of))).toMatchObject({
            verdict: 'refuse',
            code: 'TagExists',
            why: expect.stringMatching(
              /^is a fixed tag of image .* \(build build1\); image task .* must not replace it$/,
            ),
            hint: expect.stringContaining('another tag'),
          });
        }
      }
    },
  );

  it('does not become a moving one, which could later move to another commit', () => {
    expect(judgeTagMove({ ...wanted, moving: true }, current({}))).toMatchObject({ verdict: 'refuse' });
    expect(judgeTagMove({ ...wanted, moving: true }, current({}, { digest: 'new' }))).toEqual({ verdict: 'leave' });
  });

  it('of another owner is left unchanged if the image is the same', () => {
    for (const [, of] of others)
      expect(judgeTagMove(wanted, current(of, { digest: 'new' }))).toEqual({ verdict: 'leave' });
    expect(judgeTagMove(wanted, current({ commit: other }, { digest: 'new' }))).toEqual({ verdict: 'leave' });
  });
});

describe('a moving tag', () => {
  const moving = { ...wanted, moving: true };

  it('moves to another commit of the same owner', () => {
    expect(judgeTagMove(moving, current({ commit: other }, { moving: true }))).toEqual({ verdict: 'put' });
  });

  it('stays where a later submit moved it', () => {
    const later = current({ commit: other }, { moving: true, decidedAt: 11 });
    expect(judgeTagMove(moving, later)).toEqual({ verdict: 'keep' });
    expect(judgeTagMove(moving, { ...later, digest: 'new' })).toEqual({ verdict: 'put' });
  });

  it.each(others)('of %s is replaced only with force, and the previous owner is reported', (_, of) => {
    const theirs = current(of, { moving: true });
    expect(judgeTagMove(moving, theirs)).toMatchObject({
      verdict: 'refuse',
      why: expect.stringContaining('must not replace it without --force'),
      hint: expect.stringContaining('--force'),
    });
    expect(judgeTagMove({ ...moving, force: true }, theirs)).toEqual({
      verdict: 'put',
      takenFrom: { ...owner, ...of },
    });
  });

  it('is not turned into a fixed one by another commit', () => {
    const theirs = current({ commit: other }, { moving: true });
    for (const force of [true, false])
      expect(judgeTagMove({ ...wanted, force }, theirs)).toMatchObject({ verdict: 'refuse' });
    expect(judgeTagMove(wanted, current({}, { moving: true }))).toEqual({ verdict: 'put' });
  });
});

describe('a tag without a record', () => {
  it.each([true, false])('belongs to another owner unless it points to the wanted digest, moving: %s', (moving) => {
    const unknown = { digest: 'old' };
    expect(judgeTagMove({ ...wanted, moving }, unknown)).toMatchObject({
      verdict: 'refuse',
      why: 'already exists (old) and no build in this store published it',
    });
    expect(judgeTagMove({ ...wanted, moving, force: true }, unknown)).toEqual({ verdict: 'put', takenFrom: null });
    expect(judgeTagMove({ ...wanted, moving }, { digest: 'new' })).toEqual({ verdict: 'put' });
    expect(judgeTagMove({ ...wanted, moving, digest: undefined }, unknown)).toMatchObject({ verdict: 'refuse' });
  });
});

describe('a tag that reads as a commit', () => {
  it.each([
    ['another commit', other],
    ['with a suffix', `${other}-submit`],
    ['with a prefix', `sim-${other}`],
    ['in upper case', other.toUpperCase()],
    ['of SHA-256', 'd'.repeat(64)],
    ['longer than a commit', `${commit.slice(1)}00`],
  ])('is refused: %s', (_, tag) => {
    for (const moving of [true, false]) {
      expect(judgeTagMove({ ...wanted, tag, moving, force: true }, undefined)).toMatchObject({
        verdict: 'refuse',
        code: 'ReferenceInvalid',
      });
    }
  });

  it.each([commit, commit.toUpperCase(), `${commit}-submit`, `e${commit}`, `${commit}f`])(
    'may be %s of its own build',
    (tag) => {
      expect(judgeTagMove({ ...wanted, tag }, undefined)).toEqual({ verdict: 'put' });
      expect(otherCommitIn(tag, commit)).toBeUndefined();
    },
  );
});

describe('text that begins as an abbreviated commit', () => {
  it.each(['b1b1b1b', 'B1B1B1B', 'b1b1b1b-submit', 'b1b1b1b.2', 'b1b1b1b1b1b1b1b1', `c0ffee1`])(
    'is another commit: %s',
    (text) => {
      expect(otherAbbreviationIn(text, commit)).toBe(/^[0-9a-f]+/i.exec(text)?.[0].toLowerCase());
    },
  );

  it.each([
    ...['main', 'c0ffee0', 'c0ffee0123-submit', 'b1b1b1', 'b1b1b1bx', '20241231', '1234567-fix', 'defaced', 'deadbeef'],
    ...['cherry-pick-b1b1b1b', 'v1', ''],
  ])('is no commit: "%s"', (text) => {
    expect(otherAbbreviationIn(text, commit)).toBeUndefined();
  });
});
