import { type Browser, chromium } from 'playwright-core';

/** Debian's Chromium, which the lab installs. */
export function openBrowser(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking'];
  return chromium.launch({ executablePath: '/usr/bin/chromium', args });
}
