import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { canonicalEvent } from 'kiket-express/manifest';
import { loadManifest } from 'kiket-express/manifest';
import { projectRoot } from '../support/folders.ts';
import packageJson from '../../../../package.json' with { type: 'json' };
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

/** What Kiket's sources show of workflows and automations. */
interface Example {
  title: string;
  description: string;
  model_version?: string;
  workflow?: { id: string; name: string };
  states?: Record<string, { type: string }>;
  transitions?: { from: string; to: string; name: string }[];
  automations?: Automation[];
}

const folder = join(projectRoot, 'docs', 'examples');
const examples = readdirSync(folder).map((name) => ({
  name,
  example: parse(readFileSync(join(folder, name), 'utf8')) as Example,
}));
const automations = examples.flatMap(({ name, example }) =>
  (example.automations ?? []).map((automation) => ({ ...automation, file: name })),
);

describe('docs/examples', () => {
  test('are there, with a title and a description for the marketplace', () => {
    expect(examples.map(({ name }) => name)).toEqual(expect.arrayContaining(['release-workflow.yaml']));
    for (const { name, example } of examples) {
      expect(name).toMatch(/^[a-z-]+\.yaml$/);
      expect([example.title, example.description]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)]);
    }
    expect(automations.length).toBeGreaterThan(0);
  });

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

  test.each(examples.filter(({ example }) => example.workflow !== undefined))(
    '$name is a workflow into a protected status',
    ({ example: { model_version: modelVersion, workflow, states = {}, transitions = [] } }) => {
      expect(modelVersion).toBe('1.0');
      expect(workflow?.id).toMatch(/^[a-z][a-z0-9_-]*$/);
      expect(workflow?.name).toMatch(/\w/);
      const types = Object.values(states).map(({ type }) => type);
      expect(types.filter((type) => type === 'initial')).toEqual(['initial']);
      expect(types).toContain('final');
      const named = transitions.flatMap(({ from, to }) => [from, to]);
      expect(Object.keys(states).toSorted()).toEqual([...new Set(named)].toSorted());
      expect(named).toContain(shipped.configuration['protected_statuses']?.default);
    },
  );
});

describe('docs/README.md', () => {
  const { text } = readPage('docs/README.md');

  test('has the actions of the manifest, with the places where they are offered', () => {
    const told = readTable(text, 'Action').map(([label, where]) => [label, where]);
    expect(told).toEqual(shipped.actions.map(({ label, scopes }) => [label, scopes.join(', ')]));
  });

  test('has the settings of the manifest, with their defaults', () => {
    const told = readTable(text, 'Setting').map(([label, , first = '']) => [label, /^`(.*)`$/.exec(first)?.[1] ?? '']);
    expect(told).toEqual(
      Object.values(shipped.configuration).map(({ label, default: value = '' }) => [label, String(value)]),
    );
  });
});

describe('docs/CHANGELOG.md', () => {
  const headings = [...readPage('docs/CHANGELOG.md').text.matchAll(/^## (.+)$/gm)].map(([, heading = '']) => heading);
  const versions = headings.filter((heading) => heading !== 'Unreleased');

  const form = /^\d+\.\d+\.\d+(?:-[\w.-]+)? - \d{4}-\d{2}-\d{2}$/;

  test.each(['1.1.0 - 2026-11-26', '1.1.0-beta.1 - 2026-11-26'])('may begin with %s', (heading) => {
    expect(heading).toMatch(form);
  });

  test('begins with the version of the manifest and of package.json', () => {
    expect(versions[0]).toMatch(form);
    expect([manifest.version, packageJson.version]).toEqual(Array(2).fill(versions[0]?.split(' ')[0]));
  });

  test('has the newest version first, and each once', () => {
    const dates = versions.map((heading) => heading.split(' - ')[1] ?? '');
    expect(dates).toEqual(dates.toSorted().toReversed());
    expect(new Set(versions.map((heading) => heading.split(' ')[0])).size).toBe(versions.length);
  });
});
