import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Build } from './api.ts';
import { noticeProblem, reportEnd, toggleNotice, wantsNotice } from './notice.tsx';

const build = { id: 'b1', state: 'published', recipe: 'model', commit: 'c'.repeat(40), subject: null } as Build;
let permission: NotificationPermission;
let isSupported: boolean;
const shown: string[] = [];

beforeEach(() => {
  [permission, isSupported] = ['granted', true];
  shown.length = 0;
  vi.stubGlobal(
    'Notification',
    class {
      static requestPermission = () => Promise.resolve(permission);
      readonly title: string;
      constructor(title: string) {
        if (!isSupported) throw new TypeError('Illegal constructor');
        this.title = title;
        shown.push(title);
      }
    },
  );
});
afterEach(() => vi.unstubAllGlobals());

it('reports the end of a build once, where that is asked for', async () => {
  await toggleNotice('b1');
  await toggleNotice('b1');
  reportEnd(build);
  expect(shown).toEqual([]);
  await toggleNotice('b1');
  reportEnd(build);
  reportEnd(build);
  expect([shown, noticeProblem.value]).toEqual([['published: model cccccccccc'], '']);
});

it('reports a refusal by the user or the browser', async () => {
  permission = 'denied';
  await toggleNotice('b1');
  expect([wantsNotice('b1'), noticeProblem.value]).toEqual([false, expect.stringContaining('does not allow')]);
});

it('survives a browser whose pages cannot show notifications', async () => {
  isSupported = false;
  await toggleNotice('b1');
  expect(noticeProblem.value).toBe('');
  reportEnd(build);
  expect([wantsNotice('b1'), noticeProblem.value]).toEqual([false, expect.stringContaining('shows no notifications')]);
});
