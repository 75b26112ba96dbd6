/** `example: approvals`, `example: fields or approvals`, `template`, `packages`: the owner of a region or line. */
const owner = String.raw`(?:example: (?<names>\w+(?: (?:or|and) \w+)*)|(?<part>template|packages))`;

/** A line that starts a region: `# example: approvals`, `// packages`, `<!-- template -->`. */
const begin = new RegExp(String.raw`^\s*(?:#|//|<!--)\s*${owner}\s*(?:-->)?\s*$`);
const end = /^\s*(?:#|\/\/|<!--)\s*end\s*(?:-->)?\s*$/;

/** In Markdown, the mark of a single line, such as a table row. */
const single = new RegExp(String.raw` ?<!-- ${owner} -->`);

/** Whether an example, the `template` or the sources of its `packages` stay. */
export type IsKept = (name: string) => boolean;

/**
 * A file without the dropped regions and lines. The marks of the others are removed too. Regions can be nested.
 *
 * @throws Error for a region without an end, or an end without a region
 */
export function dropRegions(text: string, isKept: IsKept): string {
  const open: boolean[] = [];
  const kept = text.split('\n').flatMap((line) => {
    const region = begin.exec(line);
    if (region !== null) {
      open.push(isWanted(region, isKept));
      return [];
    }
    if (end.test(line)) {
      if (open.pop() === undefined) throw new Error('An "end" has no region.');
      return [];
    }
    const mark = single.exec(line);
    if (!open.every(Boolean) || (mark !== null && !isWanted(mark, isKept))) return [];
    return [mark === null ? line : line.replace(mark[0], '')];
  });
  if (open.length > 0) throw new Error('A region has no "end".');
  return kept.join('\n');
}

/** `fields or approvals` requires any of them, `fields and approvals` all. */
function isWanted({ groups: { names, part = '' } = {} }: RegExpExecArray, isKept: IsKept): boolean {
  if (names === undefined) return isKept(part);
  if (names.includes(' or ')) return names.split(' or ').some(isKept);
  return names.split(' and ').every(isKept);
}
