import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const artefacts = fileURLToPath(new URL('../../../artefacts/page', import.meta.url));

export interface TestBrowser {
  /**
   * A page of a reader of its own, in English and in Madrid unless it is said otherwise. After the test it must have
   * neither an error in its console (which a breach of its policy is, too) nor a request to anywhere else.
   */
  open(address: string, options?: BrowserContextOptions & { readonly expected?: RegExp }): Promise<Page>;
}

/** Registers the hooks that start a browser for a file, and look at what its pages complained of after each test. */
export function useBrowser(): TestBrowser {
  let browser: Browser;
  let problems: string[] = [];
  beforeAll(async () => {
    if (!existsSync(executablePath)) {
      throw new Error(`there is no ${executablePath}: install Debian's chromium, or set CHROMIUM`);
    }
    browser = await chromium.launch({ executablePath, args: flags });
    await mkdir(artefacts, { recursive: true });
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    const found = problems;
    problems = [];
    expect(found).toEqual([]);
  });
  afterAll(() => browser?.close());
  return {
    async open(address, { expected, ...options } = {}) {
      const context = await browser.newContext({
        locale: 'en-GB',
        timezoneId: 'Europe/Madrid',
        viewport: { width: 1280, height: 900 },
        ...options,
      });
      context.setDefaultTimeout(20_000);
      const page = await context.newPage();
      const note = (text: string) => {
        if (!expected?.test(text)) problems.push(text);
      };
      page.on('console', (message) => {
        if (message.type() === 'error') note(message.text());
      });
      page.on('pageerror', (error) => note(String(error)));
      page.on('request', (request) => {
        const url = new URL(request.url());
        const isOwn = url.hostname === '127.0.0.1' || url.protocol === 'data:';
        if (!isOwn) note(`the page asked ${url.origin}`);
      });
      await page.goto(address);
      return page;
    },
  };
}

/** Kept by CI. @param name without the suffix */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: `${artefacts}/${name}.png`, fullPage: true });
}
