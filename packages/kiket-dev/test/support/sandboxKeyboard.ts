import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** Presses Tab until something has the focus, as somebody without a mouse does. */
export async function focusByTab(page: Page, locator: Locator): Promise<void> {
  for (let step = 0; step < 60 && !(await isFocused(locator)); step += 1) await page.keyboard.press('Tab');
  expect(await isFocused(locator)).toBe(true);
}

/** Whether it has the keyboard. */
export function isFocused(locator: Locator): Promise<boolean> {
  return locator.evaluate((element) => element.matches(':focus'));
}
