import { posix } from 'node:path';

/** A link to a file, alone in brackets or in a sentence, or a picture. */
const link = /(?:\s*\((?<only>\[[^\]]+\]\([^)\s]+\))\))|\[(?<label>[^\]]+)\]\((?<target>[^)\s]+)\)/g;

/**
 * A page without its links to files that are gone. The words of a link stay; a link that is alone in brackets goes with them,
 * as the names of tests do.
 *
 * @param path where the page is, from the root, with `/`
 * @param isThere says of a file, by its path from the root, whether it stays
 */
export function dropDeadLinks(path: string, text: string, isThere: (path: string) => boolean): string {
  const isDead = (target: string) => {
    if (/^(?:[a-z][a-z+.-]*:|#)/i.test(target)) return false;
    return !isThere(posix.join(posix.dirname(path), decodeURI(target.replace(/[?#].*/, ''))));
  };
  return text.replaceAll(link, (all: string, ...rest: unknown[]) => {
    const { only, label = '', target = '' } = rest.at(-1) as Record<string, string | undefined>;
    if (only === undefined) return isDead(target) ? label : all;
    return isDead(/\(([^)]+)\)$/.exec(only)?.[1] ?? '') ? '' : all;
  });
}
