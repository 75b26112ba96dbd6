import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { canonicalEvent } from 'kiket-express/manifest';
import { loadManifest } from 'kiket-express/manifest';
import { projectRoot } from '../support/folders.ts';
import { openApp } from '../support/app.ts';
import { readPage, readTable } from '../support/markdown.ts';

const manifest = loadManifest(projectRoot);
const { extension: shipped } = parse(readFileSync(join(projectRoot, '.kiket', 'manifest.yaml'), 'utf8')) as {
  extension: {
    actions: { label: string; scopes: string[] }[];
    configuration: Record<string, { label: string; default?: string | number }>;
  };
};

interface Automation {
  name: string;
  trigger: { event: string; conditions: { field: string; operator: string; value?: unknown }[] };
  actions: { extension: string; command: string; params: object }[];
}

const folder = join(projectRoot, 'docs', 'examples');
const examples = readdirSync(folder).map((name) => ({
  name,
  example: parse(readFileSync(join(folder, name), 'utf8')) as { automations?: Automation[] },
}));
const automations = examples.flatMap(({ name, example }) =>
  (example.automations ?? []).map((automation) => ({ ...automation, file: name })),
);

describe('docs/examples', () => {
  test.each(automations)('$file waits for an event of the manifest', ({ trigger }) => {
    const hooks = manifest.hooks.map((hook) => hook.name);
    expect(hooks).toContain(canonicalEvent(trigger.event, new Map()));
    for (const { field, operator } of trigger.conditions) {
      expect(field).toMatch(/^[a-z]+(?:\.[a-z_]+)+$/);
      expect(['eq', 'in', 'not_empty']).toContain(operator);
    }
  });

  test.each(automations)('$file calls commands of this extension, which answer', async ({ actions }) => {
    const guardian = await openApp();
    for (const { extension, command, params } of actions) {
      expect(extension).toBe(manifest.id);
      expect([...manifest.commandEvents.keys()]).toContain(command);
      const occurred_at = '2026-03-02T12:00:00Z';
      const context = { project: { id: 7 }, issue: { id: 42 }, user: { id: 23 } };
      const { status, body } = await guardian.deliver({ event: command, occurred_at, context, ...params });
      expect([status, body]).toMatchObject([200, { status: 'success' }]);
    }
  });
});

describe('docs/README.md', () => {
  const { text } = readPage('docs/README.md');

  test('has the actions of the manifest, with the places where they are offered', () => {
    const rows = readTable(text, 'Action').map(([label, where]) => [label, where]);
    expect(rows).toEqual(shipped.actions.map(({ label, scopes }) => [label, scopes.join(', ')]));
  });

  test('has the settings of the manifest, with their defaults', () => {
    const rows = readTable(text, 'Setting').map(([label, , first = '']) => [label, /^`(.*)`$/.exec(first)?.[1] ?? '']);
    expect(rows).toEqual(
      Object.values(shipped.configuration).map(({ label, default: value = '' }) => [label, String(value)]),
    );
  });
});
