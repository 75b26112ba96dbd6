/** What people call a field or a guard: `assignee_id` is "Assignee", and `requireFields` is "Required fields". */
export function labelOf(name: string): string {
  const words = name
    .replace(/_ids?$/, '')
    .replace(/^require(?=\p{Lu})/u, 'required')
    .replaceAll('_', ' ')
    .replaceAll(/(?<=\p{Ll})\p{Lu}/gu, (letter) => ` ${letter.toLowerCase()}`)
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The labels of several fields, for a sentence: `Assignee and Due date`. */
export function labelsOf(names: readonly string[]): string {
  return new Intl.ListFormat('en').format(names.map(labelOf));
}
