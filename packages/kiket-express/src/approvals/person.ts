import { domainToASCII, domainToUnicode } from 'node:url';
import { normalizeText } from '../text/normalize.ts';

/**
 * A person, as identifiers: `id:19`, `email:mira@example.com`, `name:usr_01test`. Kiket names people by id in some
 * places, by email address in others and by both in a third, so two deliveries may name one person differently.
 */
export type Person = readonly string[];

/**
 * Collects identifiers. Digits are an id, and email addresses compare the way mail is delivered. Anything else is a
 * name: an id of another scheme, or a display name, which several people can share.
 */
export function personOf(...identifiers: readonly (string | undefined)[]): Person {
  const named = new Set<string>();
  for (const identifier of identifiers) {
    const written = normalizeText(identifier ?? '');
    // Zero means nobody or anybody.
    if (!/^0*$/.test(written)) named.add(identifierOf(written, identifier ?? ''));
  }
  return [...named];
}

/**
 * A plain address. Other forms, such as `mailto:…`, `"mira"@…` or `mira@[127.0.0.1]`, count as names, because they may
 * be the same mailbox.
 */
const plainAddress = /^(?<mailbox>[\p{L}\p{M}\p{N}.!#$%&'*+/=?^_`{|}~-]+)@(?<domain>[\p{L}\p{M}\p{N}.%-]+)$/u;

/** @param sent as it was sent, because case folding makes one of two domains that differ only in an ı or ß */
function identifierOf(written: string, sent: string): string {
  if (/^\d+$/.test(written)) return `id:${written.replace(/^0+(?=\d)/, '')}`;
  const address = plainAddress.exec(written)?.groups;
  if (address === undefined) return `name:${written}`;
  const { mailbox = '', domain = '' } = address;
  // An internationalized domain has two spellings. An invalid one stays as it is.
  const sentDomain =
    normalizeText(sent, (text) => text.toLowerCase())
      .split('@')
      .at(-1) ?? '';
  const host = (domainToASCII(sentDomain) || domain).replace(/\.+$/, '');
  return `email:${mailbox}@${host}`;
}

/**
 * Whether these are certainly two people: they share a kind of identifier that is unique to a person, and have none
 * that look alike. One known by id and one by email address may be the same person, and so may two display names.
 */
export function areDifferentPeople(one: Person, other: Person): boolean {
  const kinds = new Set(kindsOf(one));
  return kindsOf(other).some((kind) => kinds.has(kind)) && !isSamePerson(one.map(lookOf), other.map(lookOf));
}

/** An identifier as people read it: an address at straße.example looks like one at strasse.example. */
export function lookOf(identifier: string): string {
  return identifier.includes('@xn--') || identifier.includes('.xn--')
    ? identifier.replace(/[^@]+$/, (host) => normalizeText(domainToUnicode(host)))
    : identifier;
}

/** Whether these are certainly one person: they have an identifier in common. */
export function isSamePerson(one: Person, other: Person): boolean {
  return one.some((identifier) => other.includes(identifier));
}

/**
 * Whether a person is certainly one of these people. Two ids with one address are two people, one of whom took over the
 * other's address; then only the id in the body counts.
 *
 * @param known with every known identifier
 * @param named the identifiers in the body
 */
export function isAmong(people: readonly Person[], known: Person, named: Person = known): boolean {
  const certain = [known, named.filter(isId)].find(hasOneId) ?? [];
  return people.some((each) => isSamePerson(each, certain));
}

function hasOneId(person: Person): boolean {
  const schemes = person.filter(isId).map(kindOf);
  return new Set(schemes).size === schemes.length;
}

/** Whether it's an id of any scheme, which never becomes another person's as an address does. */
export function isId(identifier: string): boolean {
  return ![undefined, 'email'].includes(kindOf(identifier));
}

/** The kinds of identifier that tell this person from others. */
export function kindsOf(person: Person): readonly string[] {
  return [...new Set(person.flatMap((identifier) => kindOf(identifier) ?? []))];
}

/** `id`, `email`, or the scheme of another id (`usr` of `usr_01test`). A display name has no kind. */
function kindOf(identifier: string): string | undefined {
  const { kind = '', text = '' } = /^(?<kind>\w+):(?<text>[^]*)$/.exec(identifier)?.groups ?? {};
  if (kind !== 'name') return kind;
  if (/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(text)) return 'uuid';
  return /^(?<scheme>[a-z]+)_[\da-z]+$/.exec(text)?.groups?.['scheme'];
}

/** What to call a person in a sentence. */
export function nameOf(person: Person): string {
  return textsOf(person)[0] ?? 'somebody';
}

/** All names of a person, to explain why they aren't on a list: `noor@example.com (user 23)`. */
export function fullNameOf(person: Person): string {
  const [name = 'somebody', ...others] = textsOf(person);
  return others.length === 0 ? name : `${name} (${others.join(', ')})`;
}

function textsOf(person: Person): string[] {
  return person
    .toSorted((one, other) => rank.indexOf(wordOf(one)) - rank.indexOf(wordOf(other)))
    .map((identifier) => {
      const text = identifier.slice(identifier.indexOf(':') + 1);
      return wordOf(identifier) === 'id' ? `user ${text}` : text;
    });
}

/** What to call people in a sentence, any one of whom is enough: `noor@example.com or user 29`. */
export function namesOf(people: readonly Person[]): string {
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(people.map(nameOf));
}

/** The prefixes of identifiers, the most readable first. */
const rank = ['email', 'name', 'id'];

function wordOf(identifier: string): string {
  return identifier.slice(0, identifier.indexOf(':'));
}
