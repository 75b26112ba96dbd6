import { onTestFinished } from 'vitest';
import { openTestStore } from '../../src/testing/handlers.ts';
import type { Store } from '../../src/store/store.ts';

/** An empty store in memory, for one test. */
export async function openMemoryStore(): Promise<Store> {
  const store = await openTestStore();
  onTestFinished(() => store.close());
  return store;
}
