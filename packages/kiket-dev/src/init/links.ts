import { posix } from 'node:path';

/** A link to a file, alone in brackets or in a sentence, or a picture. */
const link = /(?:\s*\((?<only>\[[^\]]+\]\([^)\s]+\))\))|\[(?<label>[^\]]+)\]\((?<target>[^)\s]+)\)/g;

/**
 * A page without links to deleted files. The text of a link stays; a link on its own in brackets is removed with them,
 * as the names of tests do.
 *
 * @param path where the page is, from the root, with `/`
 * @param isThere whether a file stays, by its path from the root
 */
export function dropDeadLinks(path: string, text: string, isThere: (path: string) => boolean): string {
  const isDead = (target: string) => {
    if (/^(?:[a-z][a-z+.-]*:|#)/i.test(target)) return false;
    return !isThere(posix.join(posix.dirname(path), decode(target.replace(/[?#].*/, ''))));
  };
  return text.replaceAll(link, (all: string, ...rest: unknown[]) => {
    const { only, label = '', target = '' } = rest.at(-1) as Record<string, string | undefined>;
    if (only === undefined) return isDead(target) ? label : all;
    return isDead(/\(([^)]+)\)$/.exec(only)?.[1] ?? '') ? '' : all;
  });
}

/** A link's path. One that isn't encoded, such as `50%.md`, stays as it is. */
function decode(target: string): string {
  try {
    return decodeURI(target);
  } catch {
    return target;
  }
}
