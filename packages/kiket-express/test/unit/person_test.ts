import { describe, expect, test } from 'vitest';
import { areDifferentPeople, fullNameOf, isAmong, isSamePerson, nameOf, personOf } from '../../src/approvals/person.ts';

describe('a person', () => {
  test.each([
    ['both', ['19', 'mira@example.com'], ['id:19', 'email:mira@example.com']],
    ['a name that looks like a kind', ['email:19'], ['name:email:19']],
    ['an id of another scheme', ['usr_01TEST'], ['name:usr_01test']],
    ['an id with zeros in front', ['019'], ['id:19']],
    ['zero, which is nobody', ['0', '000', '０'], []],
    ['an address with a final dot', ['mira@example.com.'], ['email:mira@example.com']],
    ['a domain of other letters', ['mira@BÜCHER.example'], ['email:mira@xn--bcher-kva.example']],
    ['a domain with an ß', ['mira@faß.example', 'mira@xn--fa-hia.example'], ['email:mira@xn--fa-hia.example']],
    ['a domain with a dotless ı', ['mira@gıthub.example'], ['email:mira@xn--gthub-n4a.example']],
    ['a domain in full width', [' mira＠ＥＸＡＭＰＬＥ．com '], ['email:mira@example.com']],
    ['a domain with something invisible', ['mira@exam\u200b\u00adple.com\u3164'], ['email:mira@example.com']],
    [
      'other letters with something invisible',
      ['mira@BÜ\u200DCHER.example\u200E\u2800'],
      ['email:mira@xn--bcher-kva.example'],
    ],
    ['an ı with something invisible', ['mira@gıthub\u2061.example\u3164'], ['email:mira@xn--gthub-n4a.example']],
    ['a domain that is none', ['mira@a..b'], ['email:mira@a..b']],
    ['letters of two cases', ['STRAßE@example.com'], ['email:strasse@example.com']],
    ['what cannot be seen', ['mi\u200Bra\uFE0F@exam\u00ADple.com\u2060'], ['email:mira@example.com']],
    ['nothing but what cannot be seen', ['\u200B\uFEFF'], []],
    ['a display name', ['Mira Jansen'], ['name:mira jansen']],
    ['an address that is written as a link', ['mailto:mira@example.com'], ['name:mailto:mira@example.com']],
    ['an address at a number', ['mira@[127.0.0.1]'], ['name:mira@[127.0.0.1]']],
    ['an address with a Turkish İ', ['MİRA@example.com'], ['email:mira@example.com']],
    ['an address with a final sigma', ['ΜΊΡΑΣ@example.com', 'μίρας@example.com'], ['email:μίρασ@example.com']],
    ['spaces around', [' 19 ', '\tmira@example.com\n'], ['id:19', 'email:mira@example.com']],
    ['the same twice', ['mira@example.com', '19', 'MIRA@example.com ', '19'], ['email:mira@example.com', 'id:19']],
    ['nothing that says anything', [undefined, '', '  '], []],
  ])('may be known by %s', (_what, identifiers, person) => {
    expect(personOf(...identifiers)).toEqual(person);
  });
});

describe('two bodies', () => {
  const both = personOf('19', 'mira@example.com');

  test.each([
    ['the same id', personOf('19'), personOf('19')],
    ['an id and the same id with an address', personOf('19'), both],
    ['another id, but the same address', personOf('20', 'mira@example.com'), both],
  ])('that name %s are certainly about one person', (_what, one, other) => {
    expect([isSamePerson(one, other), isSamePerson(other, one)]).toEqual([true, true]);
    expect([areDifferentPeople(one, other), areDifferentPeople(other, one)]).toEqual([false, false]);
  });

  test.each([
    ['two ids', personOf('19'), personOf('20')],
    ['two ids of another scheme', personOf('usr_19'), personOf('usr_20')],
    ['two UUIDs', personOf('b9c1a2d4-0000-4000-8000-000000000001'), personOf('b9c1a2d4-0000-4000-8000-000000000002')],
    ['two addresses', personOf('mira@example.com'), personOf('noor@example.com')],
    ['two ids and one address', personOf('20'), both],
  ])('that name %s are certainly about two people', (_what, one, other) => {
    expect([isSamePerson(one, other), isSamePerson(other, one)]).toEqual([false, false]);
    expect([areDifferentPeople(one, other), areDifferentPeople(other, one)]).toEqual([true, true]);
  });

  test.each([
    ['an id and an address', personOf('19'), personOf('noor@example.com')],
    ['domains that look alike', personOf('a@straße.example'), personOf('a@strasse.example')],
    ['an id and an id of another scheme', both, personOf('usr_01TEST')],
    ['an address and a display name', both, personOf('Mira Jansen')],
    ['two display names', personOf('Mira Jansen'), personOf('M. Jansen')],
    ['an id of another scheme and a display name', personOf('usr_01TEST'), personOf('Mira Jansen')],
    ['an id and nobody', personOf('19'), personOf()],
    ['nobody and nobody', personOf(), personOf()],
    // An id is no address, even if it spells one.
    ['an address and an id that looks like it', personOf('mira@example.com'), ['id:mira@example.com']],
  ])('that name %s identify neither', (_what, one, other) => {
    expect([isSamePerson(one, other), isSamePerson(other, one)]).toEqual([false, false]);
    expect([areDifferentPeople(one, other), areDifferentPeople(other, one)]).toEqual([false, false]);
  });
});

test.each([
  ['mira@example.com', personOf('19', 'Mira@example.com')],
  ['user 19', personOf('19', '20')],
  ['urn:user:19', personOf('20', 'urn:user:19')],
  ['somebody', personOf()],
])('%s is what to call a person in a sentence', (name, person) => {
  expect(nameOf(person)).toBe(name);
});

test('somebody who asks sees every name', () => {
  expect([personOf('19', 'Mira@example.com'), personOf('19'), personOf()].map(fullNameOf)).toEqual([
    'mira@example.com (user 19)',
    'user 19',
    'somebody',
  ]);
});

// Kim had the address, and then somebody else with another id.
const twoIds = personOf('99', 'kim@example.com', '37');
test.each([
  ['by id', '37', personOf('37', 'kim@example.com'), personOf('37'), true],
  ['by an address that goes with the id', 'kim@example.com', personOf('37', 'kim@example.com'), personOf('37'), true],
  ['as somebody else', '23', personOf('37', 'kim@example.com'), personOf('37'), false],
  ['by the id of the person who had the address before', '37', twoIds, personOf('99', 'kim@example.com'), false],
  ['by an address that two have had', 'kim@example.com', twoIds, personOf('99', 'kim@example.com'), false],
  ['by the own id, no matter who had the address', '99', twoIds, personOf('99', 'kim@example.com'), true],
])('somebody is on a list %s: %s', (_how, listed, known, named, isOn) => {
  expect(isAmong([personOf('41'), personOf(listed)], known, named)).toBe(isOn);
});
