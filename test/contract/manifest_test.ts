import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { extension } from '../../src/extension/index.ts';
import { findHandlerGaps } from '../../src/kiket/handlers.ts';
import { loadManifest } from '../../src/kiket/manifest.ts';
import { projectRoot } from '../../src/setup.ts';
import packageJson from '../../package.json' with { type: 'json' };

interface Step {
  title?: string;
  content?: string;
  description?: string;
  collect?: string[];
  action?: string;
  successMessage?: string;
}

/** The shipped manifest, as any YAML reader sees it. */
interface Shipped {
  model_version: unknown;
  deployment: { secret_keys: string[] };
  extension: {
    id: string;
    name: string;
    version: string;
    api_version: string;
    description: string;
    sdk: string;
    delivery: string;
    callback: { url: string; secret: string; timeout: number };
    hooks: { event: string; required: boolean; timeout: number }[];
    actions: { key: string; label: string; description: string; icon: string; scopes: string[] }[];
    contributes: { commands: { command: string; handler: { type: string; event: string } }[] };
    custom_data: { permissions: { module: string; operations: string[] }[] };
    configuration: Record<string, { type: string; secret?: boolean; label?: string; description?: string }>;
    setup: Record<string, Step>[];
  };
}

const text = readFileSync(join(projectRoot, '.kiket', 'manifest.yaml'), 'utf8');
const { model_version: modelVersion, extension: shipped, deployment } = parse(text) as Shipped;

describe('the manifest', () => {
  test('names exactly what the extension handles', () => {
    expect(findHandlerGaps(loadManifest(projectRoot), extension)).toEqual({ unhandled: [], unnamed: [] });
  });

  test('declares the guard as required on the hook and on the callback, with a timeout', () => {
    expect(shipped.hooks[0]).toMatchObject({ event: 'workflow.before_transition', required: true, timeout: 8000 });
    expect(shipped.callback).toMatchObject({ required: true, timeout: 10_000 });
  });

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

  test('agrees with package.json about the version', () => {
    expect(shipped.version).toBe(packageJson.version);
  });
});

// The rules of `kiket extensions lint` and `kiket marketplace validate`, errors and warnings alike.
describe('the Kiket CLI finds nothing wrong:', () => {
  test('header', () => {
    expect(modelVersion).toBe('1.0');
    expect(shipped.id).toMatch(/^[a-z][a-z0-9.-]+$/);
    expect(shipped.id).toContain('.');
    expect(shipped.name).not.toBe('');
    expect(shipped.description).not.toBe('');
    expect(shipped.version).toMatch(/^\d+\.\d+\.\d+(?:-.+)?$/);
    expect(shipped.api_version).toMatch(/^v\d+$/);
    expect(['ruby', 'python', 'node', 'java', 'dotnet', 'go']).toContain(shipped.sdk);
  });

  test('delivery', () => {
    expect(shipped.delivery).toBe('http');
    expect(shipped.callback).toMatchObject({ url: '${EXTENSION_BASE_URL}', secret: 'env.KIKET_WEBHOOK_SECRET' });
    const timeouts = [shipped.callback, ...shipped.hooks].map(({ timeout }) => timeout);
    for (const timeout of timeouts)
      expect(timeout).toSatisfy((ms) => Number.isInteger(ms) && ms >= 100 && ms <= 60_000);
  });

  test('actions', () => {
    for (const { key, label, description, icon, scopes } of shipped.actions) {
      expect(key).toMatch(/^[a-z][a-z0-9_]*$/);
      expect([label, description, icon].every((each) => each !== '')).toBe(true);
      expect(['project', 'issue']).toEqual(expect.arrayContaining(scopes));
    }
  });

  test('configuration and secrets', () => {
    const types = ['string', 'integer', 'boolean', 'object', 'template', 'html'];
    for (const { type, label, description } of Object.values(shipped.configuration)) {
      expect(types).toContain(type);
      expect([label, description]).not.toContain(undefined);
    }
    const secrets = Object.entries(shipped.configuration).filter(([, field]) => field.secret === true);
    expect(secrets.map(([key]) => key)).toEqual(['CHECKS_API_TOKEN']);
  });

  test('setup wizard', () => {
    const needed: Record<string, string[]> = {
      info: ['title', 'content'],
      configure: ['title', 'collect'],
      secrets: ['title', 'collect'],
      test: ['title', 'action', 'description'],
    };
    for (const step of shipped.setup) {
      const [kind = '', ...more] = Object.keys(step);
      const fields = step[kind] ?? {};
      const { collect = [] } = fields;
      expect(more).toEqual([]);
      expect(Object.keys(needed)).toContain(kind);
      expect(Object.keys(fields)).toEqual(expect.arrayContaining(needed[kind] ?? []));
      expect(Object.values(fields)).not.toContain('');
      expect(Object.keys(shipped.configuration)).toEqual(expect.arrayContaining(collect));
    }
    expect(shipped.setup.flatMap((step) => step['secrets']?.collect ?? [])).toEqual(['CHECKS_API_TOKEN']);
  });

  test('YAML that every reader reads alike: no aliases, no dates', () => {
    expect(text).not.toMatch(/(?:^|\s)[&*][A-Za-z]/m);
    expect(text).not.toMatch(/:\s+\d{4}-\d{2}-\d{2}\s*$/m);
  });

  test('files around it', () => {
    for (const file of ['README.md', 'LICENSE', '.github/workflows/ci.yml', 'package-lock.json', 'test']) {
      expect(existsSync(join(projectRoot, file)), file).toBe(true);
    }
    for (const file of ['requirements.txt', 'pyproject.toml']) {
      expect(existsSync(join(projectRoot, file)), file).toBe(false);
    }
  });
});
