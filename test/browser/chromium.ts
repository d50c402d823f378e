import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';

/** Started without anything that calls home, so that every request seen is the page's own. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** How a page is looked at. */
export interface View {
  width: number;
  height: number;
  colorScheme: 'light' | 'dark';
}

/** Runs `work` in a fresh Chromium profile and removes it afterwards. `CHROMIUM` names another binary. */
export async function withChromium<T>(view: View, work: (context: BrowserContext) => Promise<T>): Promise<T> {
  const profile = await mkdtemp(join(tmpdir(), 'homegrown-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    headless: true,
    args: FLAGS,
    viewport: { width: view.width, height: view.height },
    colorScheme: view.colorScheme,
    isMobile: view.width < 600,
    hasTouch: view.width < 600,
    offline: true,
  });
  try {
    return await work(context);
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}
