/**
 * A person, as every identifier of one signed body: `id:19`, `email:mira@example.com`, `name:usr_01TEST`. Kiket names
 * people by id in some places, by e-mail address in others and by both in a third, so two deliveries need not name one
 * person alike.
 */
export type Person = readonly string[];

/**
 * Collects identifiers. Digits are an id, an e-mail address is compared in lower case, and anything else is a name: a
 * display name, or an id of another scheme, which says nothing about the other two kinds.
 */
export function personOf(...identifiers: readonly (string | undefined)[]): Person {
  const named: string[] = [];
  for (const identifier of identifiers) {
    const written = identifier?.normalize('NFKC').trim() ?? '';
    if (written === '') continue;
    const name = `${kindOfText(written)}:${written.toLowerCase()}`;
    if (!named.includes(name)) named.push(name);
  }
  return named;
}

function kindOfText(identifier: string): 'id' | 'email' | 'name' {
  if (/^\d+$/.test(identifier)) return 'id';
  return /^[^\s<>@]+@[^\s<>@]+$/.test(identifier) ? 'email' : 'name';
}

/**
 * Whether these are certainly two people: they share a kind of identifier, and differ in each kind that they share. One
 * known by id and one by e-mail address may be the same.
 */
export function areDifferentPeople(one: Person, other: Person): boolean {
  const kinds = new Set(one.map(kindOf));
  return other.some((identifier) => kinds.has(kindOf(identifier))) && !isSamePerson(one, other);
}

/** Whether these are certainly one person: they have an identifier in common. */
export function isSamePerson(one: Person, other: Person): boolean {
  return one.some((identifier) => other.includes(identifier));
}

/** What to call somebody in a sentence. */
export function nameOf(person: Person): string {
  const [identifier] = person.toSorted((one, other) => rank.indexOf(kindOf(one)) - rank.indexOf(kindOf(other)));
  if (identifier === undefined) return 'somebody';
  const text = identifier.slice(identifier.indexOf(':') + 1);
  return kindOf(identifier) === 'id' ? `user ${text}` : text;
}

/** The kinds of identifier, the most telling first. */
const rank = ['email', 'name', 'id'];

function kindOf(identifier: string): string {
  return identifier.slice(0, identifier.indexOf(':'));
}
