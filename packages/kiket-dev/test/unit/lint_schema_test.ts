import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { manifestJsonSchema, schemaFile } from '../../src/lint/shapes/jsonSchema.ts';
import { projectRoot } from '../support/folders.ts';

const schema = manifestJsonSchema as Record<string, unknown>;
const validate = new Ajv({ strict: false, formats: { uri: true } }).compile(schema);
const shipped = parse(readFileSync(join(projectRoot, '.kiket', 'manifest.yaml'), 'utf8')) as { extension: object };

/** Every schema of a property, at any depth. */
function propertiesOf(part: unknown, name = ''): { name: string; part: Record<string, unknown> }[] {
  if (typeof part !== 'object' || part === null) return [];
  const { properties = {}, ...rest } = part as { properties?: Record<string, unknown> };
  const own = Object.entries(properties).flatMap(([key, value]) => [
    { name: `${name}.${key}`, part: value as Record<string, unknown> },
    ...propertiesOf(value, `${name}.${key}`),
  ]);
  return [...own, ...Object.values(rest).flatMap((value) => propertiesOf(value, name))];
}

describe('the JSON Schema of the manifest', () => {
  test('is the one in the repository, so that editors check what lint checks', () => {
    expect(JSON.parse(readFileSync(join(projectRoot, schemaFile), 'utf8'))).toEqual(manifestJsonSchema);
  });

  test('takes the shipped manifest', () => {
    expect([validate(shipped), validate.errors]).toEqual([true, null]);
  });

  test.each([
    ['an unknown tier', { hosting: { tier: 'huge' } }],
    ['a timeout in quotes', { callback: { timeout: '8000' } }],
    ['an api_version that is a number', { api_version: 1 }],
    ['an unknown step', { setup: [{ oauth: {} }] }],
    ['a command without a handler', { contributes: { commands: [{ command: 'a.b' }] } }],
    ['an unknown type of a setting', { configuration: { color: { type: 'colour' } } }],
  ])('refuses %s', (_title, change) => {
    expect(validate({ ...shipped, extension: { ...shipped.extension, ...change } })).toBe(false);
  });

  const event = { type: 'extension_event', event: 'gate.workflowAction.close' };
  test.each([
    ['a step of workflows with a map as its handler', { workflow_actions: [{ id: 'gate.close', handler: event }] }],
    [
      'a step of workflows with a name as its handler',
      { workflow_actions: [{ id: 'gate.close', handler: event.event }] },
    ],
  ])('takes %s', (_title, contributes) => {
    expect(validate({ ...shipped, extension: { ...shipped.extension, contributes } })).toBe(true);
  });

  test.each([
    ['activation events that repeat hooks', { activationEvents: ['issue.created'], hooks: ['issue.created'] }],
    ['a boolean whose default is text', { configuration: { open: { type: 'boolean', default: 'false' } } }],
  ])('takes %s', (_title, change) => {
    expect(validate({ ...shipped, extension: { ...shipped.extension, ...change } })).toBe(true);
  });

  test('takes hooks beside the extension', () => {
    expect(validate({ ...shipped, hooks: ['issue.created'], permissions: ['issues:read'] })).toBe(true);
  });

  test('lets keys be that it does not know', () => {
    expect(validate({ ...shipped, extension: { ...shipped.extension, jira_webhooks: [] } })).toBe(true);
  });

  test('knows the keys of a manifest, and tells editors what those of an extension are for', () => {
    const own = propertiesOf(schema).filter(({ name }) => /^\.extension\.\w+$/.test(name));
    expect(own.map(({ name }) => name)).toEqual(
      expect.arrayContaining(
        ['id', 'callback', 'hooks', 'setup', 'hosting', 'output_fields', 'pricing'].map((key) => `.extension.${key}`),
      ),
    );
    const hooks = propertiesOf(schema).map(({ name }) => name);
    expect(hooks).toEqual(
      expect.arrayContaining(['.extension.hooks.retries', '.extension.setup.secrets.fields.obtain.token_url']),
    );
    const silent = own.filter(({ part }) => typeof part['description'] !== 'string').map(({ name }) => name);
    expect(silent).toEqual([]);
  });
});
