import { expect, it, vi } from 'vitest';

it('restores the place of the newest entry only, and none after the next link', async () => {
  const window = new EventTarget();
  const frames: (() => void)[] = [];
  const scrolled: number[] = [];
  const page = { scrollHeight: 0 };
  const history = { state: {}, pushState: () => undefined, replaceState: () => undefined };
  vi.stubGlobal('location', { pathname: '/', search: '', hash: '', href: 'http://twinhull.example/' });
  vi.stubGlobal('history', history);
  vi.stubGlobal('document', Object.assign(new EventTarget(), { documentElement: page }));
  vi.stubGlobal('addEventListener', window.addEventListener.bind(window));
  vi.stubGlobal('requestAnimationFrame', (step: () => void) => frames.push(step));
  vi.stubGlobal('scrollTo', (_left: number, top: number) => scrolled.push(top));
  vi.stubGlobal('innerHeight', 0);
  const { followLinks, navigate } = await import('./router.ts');
  followLinks();
  const back = (scroll: number): void => {
    history.state = { scroll };
    window.dispatchEvent(new Event('popstate'));
  };
  const draw = (): void => {
    for (const step of frames.splice(0)) step();
  };
  back(300);
  back(200);
  page.scrollHeight = 1000;
  draw();
  expect(scrolled).toEqual([200]);

  page.scrollHeight = 0;
  back(400);
  navigate('/health');
  page.scrollHeight = 1000;
  draw();
  expect(scrolled).toEqual([200, 0]);
  vi.unstubAllGlobals();
});
