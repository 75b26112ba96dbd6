import type { TestProject } from 'vitest/node';
import { findChromium } from '../../src/release/chromium.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The Chromium that drives the page. */
    chromiumPath: string;
  }
}

/** Finds Chromium once for the whole run: it may have to be unpacked. */
export default async function setup({ provide }: TestProject): Promise<void> {
  provide('chromiumPath', await findChromium(process.env));
}
