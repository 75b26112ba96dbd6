import { describe, expect, test } from 'vitest';
import { problems } from '../../src/errors.ts';
import { missingScopes, requireScopes } from '../../src/client/scopes.ts';

describe('one scope in the words of every dialect', () => {
  const dialects = ['issues:read', 'read:issues', 'issues.read', 'read:issue', 'Issues:Read', ' issues:read '];

  test.each(dialects)('%j is the same as every other', (available) => {
    expect(missingScopes(dialects, [available])).toEqual([]);
    expect(missingScopes(['issues:write', 'comments:read'], [available])).toEqual(['issues:write', 'comments:read']);
  });
});

test.each([
  ['ext.api.read', 'issues:read'],
  ['ext.secrets.read', 'secrets:read'],
  ['attachments:*', 'attachments:write'],
  ['*', 'workflows.execute'],
  ['*', 'ext.secrets.read'],
  ['projects:read', 'read:projects'],
])('%s covers %s', (available, required) => {
  expect(missingScopes([required], [available])).toEqual([]);
});

test.each([
  ['ext.api.read', 'issues:write'],
  ['ext.api.write', 'issues:read'],
  ['ext.api.read', 'ext.secrets.read'],
  ['issues:read', 'ext.api.read'],
  ['issues:read', '*'],
])('%s does not cover %s', (available, required) => {
  expect(missingScopes([required], [available])).toEqual([required]);
});

test.each([[[]], [['']], [['project:27']], [['Project:27']], [['full-access']]])(
  'scopes such as %j say nothing of what a token may do, so nothing is missing',
  (available) => {
    expect(missingScopes(['issues:read', 'ext.secrets.read', '*'], available)).toEqual([]);
    expect(() => requireScopes(['issues:write'], available)).not.toThrow();
  },
);

test.each(['project:27', '', 'full-access'])('%j beside a scope that says something grants nothing', (other) => {
  expect(missingScopes(['issues:read', 'projects:read', 'comments:write'], [other, 'issues:read'])).toEqual([
    'projects:read',
    'comments:write',
  ]);
});

test('a scope that is missing is named as the handler wrote it, with all three lists', () => {
  const required = ['read:issues', 'write:comments'];
  expect(() => requireScopes(required, ['issues:read'])).toThrow(
    expect.objectContaining({
      name: 'ScopeError',
      code: 'scope_missing',
      httpStatus: 403,
      requiredScopes: required,
      availableScopes: ['issues:read'],
      missingScopes: ['write:comments'],
      message: `${problems.scope_missing.message} Missing: write:comments.`,
    }),
  );
});
