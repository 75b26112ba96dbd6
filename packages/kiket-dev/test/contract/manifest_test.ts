import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { projectRoot } from '../support/folders.ts';

/** The shipped manifest, as any YAML reader sees it. */
interface Shipped {
  deployment: { secret_keys: string[] };
  extension: {
    id: string;
    actions: { key: string }[];
    contributes: { commands: { command: string; handler: { type: string; event: string } }[] };
    custom_data: { permissions: { module: string; operations: string[] }[] };
  };
}

const text = readFileSync(join(projectRoot, '.kiket', 'manifest.yaml'), 'utf8');
const { extension: shipped, deployment } = parse(text) as Shipped;

describe('the manifest', () => {
  test('has each action as a command too', () => {
    const events = shipped.contributes.commands.map(({ command, handler }) => [command, handler.type, handler.event]);
    expect(events).toEqual(shipped.actions.map(({ key }) => [`guardian.${key}`, 'extension_event', `guardian.${key}`]));
  });

  test('grants the module of the custom data table', () => {
    const path = join(projectRoot, '.kiket', 'modules', 'guard_decisions', 'schema.yml');
    const schema = parse(readFileSync(path, 'utf8')) as { module: string };
    expect(schema.module).toBe(`${shipped.id}.decisions`);
    expect(shipped.custom_data.permissions).toEqual([{ module: schema.module, operations: ['read', 'write'] }]);
  });

  test('names the secrets that its dbt projects connect with', () => {
    const path = join(projectRoot, '.kiket', 'modules', 'guard_decisions', 'dbt', 'profiles.yml');
    const read = [...readFileSync(path, 'utf8').matchAll(/INSTALLATION_SECRET_(\w+)/g)].map(([, key]) => key);
    expect(read).toEqual(deployment.secret_keys);
  });
});
