import type { Browser } from 'playwright-core';

export interface FirstView {
  /** From the start of the navigation to the first fifty pushes having been painted, in milliseconds. */
  readonly listMs: number;
  /** To the answer to a click that was made as soon as the list was there: filters open. */
  readonly interactiveMs: number;
}

/** Run in the page before anything of its own: clicks as soon as there is a list, and notes when what happened. */
const probe = `
  window.measured = new Promise((resolve) => {
    let listMs = 0;
    const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const observer = new MutationObserver(async () => {
      if (document.querySelectorAll('table.pushes tbody tr').length < 50) return;
      observer.disconnect();
      await painted();
      listMs = performance.now();
      document.querySelector('button[aria-expanded]').click();
      await painted();
      if (!document.querySelector('.filter-grid')) throw new Error('the click was not answered');
      resolve({ listMs, interactiveMs: performance.now() });
    });
    observer.observe(document, { childList: true, subtree: true });
  });`;

/** A reader who has never been here opens the page. */
export async function firstView(browser: Browser, address: string): Promise<FirstView> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  try {
    const page = await context.newPage();
    await page.addInitScript(probe);
    await page.goto(address, { waitUntil: 'commit' });
    return (await page.evaluate('window.measured')) as FirstView;
  } finally {
    await context.close();
  }
}
