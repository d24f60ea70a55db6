import type { Page } from 'playwright-core';

/** What the list of pushes says of each, from the top. */
export async function titles(page: Page): Promise<string[]> {
  return page.locator('table.pushes .title').allInnerTexts();
}

/** Until the page has nothing more to load. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main h1').waitFor();
  await page.locator('.spinner').first().waitFor({ state: 'detached' });
  await page
    .getByText('Live', { exact: true })
    .or(page.getByText('En directo', { exact: true }))
    .waitFor();
}
