/**
 * A person, as every identifier of one signed body: `id:19`, `email:mira@example.com`. Kiket names people by id in some
 * places, by e-mail address in others and by both in a third, so two deliveries need not name one person alike.
 */
export type Person = readonly string[];

/** Collects identifiers: text with an `@` is an e-mail address (compared in lower case), everything else an id. */
export function personOf(...identifiers: readonly (string | undefined)[]): Person {
  const named = identifiers
    .map((identifier) => identifier?.normalize('NFKC').trim() ?? '')
    .filter((identifier) => identifier !== '')
    .map((identifier) => (identifier.includes('@') ? `email:${identifier.toLowerCase()}` : `id:${identifier}`));
  return [...new Set(named)];
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
  const identifier = person.find((candidate) => kindOf(candidate) === 'email') ?? person[0];
  if (identifier === undefined) return 'somebody';
  return kindOf(identifier) === 'email' ? identifier.slice('email:'.length) : `user ${identifier.slice('id:'.length)}`;
}

function kindOf(identifier: string): string {
  return identifier.slice(0, identifier.indexOf(':'));
}
