import { setTimeout as wait } from 'node:timers/promises';
import type { Sandbox } from '../sandbox.ts';

/** How often an extension is checked, in milliseconds: `kiket-dev dev` restarts it in less than a second. */
const everyMs = 200;

/** How long a check may take, in milliseconds. */
const withinMs = 2_000;

/**
 * Connects a sandbox to an extension that is started elsewhere, and reports when it goes away and comes back. Returns a
 * function that ends this.
 */
export function watchExtension(sandbox: Sandbox, url: string): () => Promise<void> {
  const over = new AbortController();
  sandbox.connect(url);

  async function look(): Promise<void> {
    let wasThere = true;
    while (!over.signal.aborted) {
      const isThere = await answers(url);
      if (!over.signal.aborted && isThere !== wasThere) {
        if (isThere) sandbox.connect(url);
        if (!isThere) sandbox.lose(`Nothing answers at ${url}. Start the extension there.`);
      }
      wasThere = isThere;
      await wait(everyMs, undefined, { signal: over.signal }).catch(() => {});
    }
  }

  const looked = look();
  return async () => {
    over.abort();
    await looked;
  };
}

/** Other servers have no `/readyz`, but can still receive deliveries. */
async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(new URL('/readyz', url), { signal: AbortSignal.timeout(withinMs) });
    await response.body?.cancel();
    return response.status !== 503;
  } catch {
    return false;
  }
}
