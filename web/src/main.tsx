import { type JSX, render } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { BuildPage } from './page-build.tsx';
import { BuildsPage } from './page-builds.tsx';
import { ComparePage } from './page-compare.tsx';
import { DocsPage } from './page-docs.tsx';
import { HealthPage } from './page-health.tsx';
import { NewBuildPage } from './page-new.tsx';
import { SignInPage } from './page-sign-in.tsx';
import { TrendsPage } from './page-trends.tsx';
import { address, followLinks } from './router.ts';
import { findSession, offline, session } from './session.ts';
import { applyTheme, listenForKeys, Shell } from './shell.tsx';
import { startClock } from './text.ts';
import './styles.css';
import { showPage } from './window-state.ts';

function App(): JSX.Element {
  return (
    <Shell>
      <Page />
    </Shell>
  );
}

function Page(): JSX.Element {
  const { path } = address.value;
  const [, build, part] = /^\/builds\/([0-9a-z]+)(\/compare)?$/.exec(path) ?? [];
  const isSignedIn = session.value != null || path === '/docs';
  const isFirst = useRef(true);
  useEffect(() => {
    showPage(isSignedIn ? path : '/sign-in');
    // Screen readers and the keyboard go on in the new page; the first one has the focus of the browser.
    if (!isFirst.current) focusMain();
    isFirst.current = false;
  }, [path, isSignedIn]);
  if (path === '/docs') return <DocsPage />;
  if (session.value === undefined) return <Connecting />;
  if (session.value === null || path === '/sign-in') return <SignInPage />;
  if (build !== undefined && part !== undefined) return <ComparePage key={build} id={build} />;
  if (build !== undefined) return <BuildPage key={build} id={build} />;
  if (path === '/trends') return <TrendsPage />;
  if (path === '/health') return <HealthPage />;
  return path === '/new' ? <NewBuildPage /> : <BuildsPage />;
}

function focusMain(): void {
  const main = document.getElementById('main');
  if (main === null) return;
  main.tabIndex = -1;
  main.focus({ preventScroll: true });
}

/** Until the service answers, at the start or after a restart. */
function Connecting(): JSX.Element {
  useEffect(() => {
    void findSession();
    const timer = setInterval(() => {
      if (offline.value) void findSession();
    }, 1500);
    return () => clearInterval(timer);
  }, []);
  return <main id="main" aria-busy="true" />;
}

applyTheme();
startClock();
followLinks();
listenForKeys();
const root = document.getElementById('app');
if (root !== null) render(<App />, root);
