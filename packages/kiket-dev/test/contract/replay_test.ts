import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDelivery } from 'kiket-express/manifest';
import type { Delivery } from 'kiket-express';
import { loadManifest } from 'kiket-express/manifest';
import { projectRoot } from '../support/folders.ts';
import { loadScenario } from '../../src/replay/scenario.ts';

const folder = join(projectRoot, 'replay');
const payloads = readdirSync(folder).filter((name) => name.endsWith('.json'));
const steps = loadScenario(join(folder, 'scenario.yaml')).flatMap((part) => part.steps);
const manifest = loadManifest(projectRoot);

function parse(name: string): Delivery {
  return parseDelivery(readFileSync(join(folder, name)), {}, { ...manifest, organization: undefined });
}

describe('the recorded payloads', () => {
  test('are all in the scenario', () => {
    expect([...new Set(steps.map(({ name }) => name))].toSorted()).toEqual(payloads.toSorted());
  });

  test('cover every hook and every action of the manifest', () => {
    const deliveries = payloads.map(parse);
    const covered = new Set(deliveries.flatMap(({ event, actionKey }) => [event, actionKey ?? event]));
    const named = [...manifest.hooks, ...manifest.actions].map(({ name }) => name);
    expect(named.filter((name) => !covered.has(name))).toEqual([]);
  });

  test('cover every decision', () => {
    const statuses = steps.map(({ answer }) => (answer as { status: string }).status);
    expect(statuses).toEqual(expect.arrayContaining(['allow', 'pending', 'deny', 'success', 'ignored']));
  });

  test.each(['before_transition', 'after_transition', 'issue_created'])(
    'have the shape that the kiket CLI sends for its template %s',
    (template) => {
      const payload = JSON.parse(readFileSync(join(folder, `${template}.json`), 'utf8')) as Record<string, object>;
      const isMove = template !== 'issue_created';
      expect(Object.keys(payload)).toEqual(['event', 'event_type', 'issue', ...(isMove ? ['transition'] : [])]);
      expect(payload['event_type']).toBe(template);
      expect(Object.keys(payload['issue'] ?? {})).toEqual(
        isMove
          ? ['id', 'status', 'project_id', 'organization_id']
          : ['id', 'title', 'status', 'project_id', 'organization_id'],
      );
      expect(Object.keys(payload['transition'] ?? {})).toEqual(isMove ? ['from', 'to', 'performed_by'] : []);
    },
  );
});
