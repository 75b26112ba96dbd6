/** A line that begins a region: `# example: approvals`, `// example: fields or approvals`, `<!-- template -->`. */
const begin =
  /^\s*(?:#|\/\/|<!--)\s*(?:example: (?<names>\w+(?: (?:or|and) \w+)*)|(?<template>template))\s*(?:-->)?\s*$/;
const end = /^\s*(?:#|\/\/|<!--)\s*end\s*(?:-->)?\s*$/;

/**
 * A file without the regions that go: those of examples that are not kept, and those that only the template needs. The lines
 * that mark the others go too. Regions may be nested.
 *
 * @throws Error if a region has no end, or an end no region
 */
export function dropRegions(text: string, isKept: (example: string) => boolean): string {
  const open: boolean[] = [];
  const kept = text.split('\n').filter((line) => {
    const { names, template } = begin.exec(line)?.groups ?? {};
    if (names !== undefined || template !== undefined) {
      open.push(names !== undefined && isWanted(names, isKept));
      return false;
    }
    if (open.length > 0 && end.test(line)) {
      open.pop();
      return false;
    }
    return open.every(Boolean);
  });
  if (open.length > 0) throw new Error('A region has no "end".');
  return kept.join('\n');
}

/** `fields or approvals` wants any of them, `fields and approvals` all. */
function isWanted(names: string, isKept: (example: string) => boolean): boolean {
  if (names.includes(' or ')) return names.split(' or ').some(isKept);
  return names.split(' and ').every(isKept);
}
