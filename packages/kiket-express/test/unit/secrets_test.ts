import { describe, expect, test } from 'vitest';
import { findSecret, readableSecrets, secretName } from '../../src/extension/secrets.ts';

describe('the environment name of a secret', () => {
  test.each([
    ['api_token', 'API_TOKEN'],
    ['api.token', 'API_TOKEN'],
    ['api .. token', 'API_TOKEN'],
    ['apiToken', 'APITOKEN'],
    ['__api__token__', 'API_TOKEN'],
    ['schlüssel', 'SCHL_SSEL'],
  ])('for %s is %s', (key, name) => {
    expect(secretName(key)).toBe(name);
  });
});

describe('a secret', () => {
  test.each(['abc123', ' abc123 ', 'abc*123', '* *', '0'])('can be used if it is %j', (value) => {
    expect(readableSecrets({ KEY: value })).toEqual({ KEY: value });
  });

  test.each(['', ' \t', '*', '****', ' **** ', '****\n', '••••', 7, null, ['abc123'], { value: 'abc123' }])(
    'is left out if it is %j',
    (value) => {
      expect(readableSecrets({ KEY: value, OTHER: 'abc123' })).toEqual({ OTHER: 'abc123' });
    },
  );
});

describe('looking a secret up', () => {
  test.each([
    ['as the delivery spells it', { 'api.token': 'spelled', API_TOKEN: 'named' }, { API_TOKEN: 'default' }, 'spelled'],
    ['in the delivery by its environment name', { API_TOKEN: 'named' }, { API_TOKEN: 'default' }, 'named'],
    ['in the environment', { OTHER: 'named' }, { API_TOKEN: 'default' }, 'default'],
    ['in the environment in capitals, as some SDKs do', {}, { 'API.TOKEN': 'default' }, 'default'],
    ['in the delivery however it is spelled', { 'api-token': 'own' }, { API_TOKEN: 'default' }, 'own'],
    ['nowhere', { OTHER: 'named' }, { API_TOKEN: '****', OTHER: 'default' }, undefined],
  ])('finds it %s', (_where, fromDelivery, fromEnvironment, value) => {
    expect(findSecret('api.token', fromDelivery, fromEnvironment)).toBe(value);
  });

  test.each(['constructor', '__proto__', 'toString'])('finds nothing that every object has, such as %s', (key) => {
    expect(findSecret(key, {}, {})).toBeUndefined();
  });
});
