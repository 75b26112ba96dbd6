import {
  canonicalEvent,
  findManifest,
  guardEvent,
  manifestSchema,
  readExtensionPart,
  readManifest,
} from 'kiket-express/manifest';
import { parse } from 'yaml';
import * as z from 'zod';
import { installation } from './seed.ts';

/** What the platform reads from a manifest, besides what the extension's runtime reads. */
const installedSchema = manifestSchema.extend({
  permissions: z.array(z.string()).default([]),
  actions: z
    .array(
      z.looseObject({
        key: z.string(),
        label: z.string().optional(),
        description: z.string().default(''),
        icon: z.string().default(''),
        scopes: z.array(z.string()).default(['project', 'issue']),
        inputs: z
          .array(z.looseObject({ key: z.string(), label: z.string().optional(), required: z.boolean().default(false) }))
          .default([]),
      }),
    )
    .default([]),
  custom_data: z
    .looseObject({
      permissions: z.array(z.looseObject({ module: z.string(), operations: z.array(z.string()) })).default([]),
    })
    .default({ permissions: [] }),
});

/** One subscription of the extension. */
export interface Hook {
  event: string;
  /** Whether a move waits for the answer and follows it. */
  required: boolean;
  timeoutMs: number;
  /** Where to post, relative to the callback URL (by default, that URL). */
  endpoint: string | undefined;
}

/** An action as people see it; `event` is that of the equivalent command, if any. */
export interface InstalledAction {
  key: string;
  label: string;
  description: string;
  icon: string;
  /** Where it's available: `project`, `issue`. */
  scopes: readonly string[];
  event: string | undefined;
  /** The input that it asks for. */
  inputs: readonly { key: string; label: string; required: boolean }[];
}

/** The installed extension, from its manifest. */
export interface InstalledExtension {
  id: string;
  name: string;
  version: string;
  apiVersion: string;
  /** The environment variable with its webhook secret. */
  secretVariable: string;
  hooks: readonly Hook[];
  actions: readonly InstalledAction[];
  /** How long an action may take, in milliseconds. */
  timeoutMs: number;
  /** The scopes of its runtime tokens. */
  scopes: readonly string[];
  /** Keys of the manifest's settings. */
  settingKeys: readonly string[];
  /** Keys of the manifest's secrets. */
  secretKeys: readonly string[];
  /** Custom data module → allowed operations. */
  modules: ReadonlyMap<string, readonly string[]>;
}

/** How long Kiket waits by default, in milliseconds (guide, section 3). */
const defaultTimeoutMs = 10_000;

/**
 * Installs the extension in the folder `root`. Its tokens have the scopes in `permissions` and
 * `custom_data.permissions`, and can read secrets if it declares any.
 */
export function installExtension(root: string): InstalledExtension {
  const { value } = readExtensionPart(parse(readManifest(root, findManifest(root)), { merge: true }));
  const manifest = installedSchema.parse(value);
  const fields = Object.entries(manifest.configuration ?? {});
  const secretKeys = fields.filter(([, { secret }]) => secret).map(([key]) => key);
  const settingKeys = fields.filter(([, { secret }]) => !secret).map(([key]) => key);
  const timeoutMs = manifest.callback?.timeout ?? defaultTimeoutMs;
  const commands = (manifest.contributes?.commands ?? []).map(({ handler }) => handler.event);
  const modules = new Map(manifest.custom_data.permissions.map(({ module, operations }) => [module, operations]));
  const operations = [...new Set([...modules.values()].flat().flatMap(spellOut))];
  return {
    id: manifest.id,
    name: manifest.name ?? manifest.id,
    version: manifest.version,
    apiVersion: manifest.api_version,
    secretVariable: manifest.callback?.secret?.replace(/^env[.:]/, '') ?? 'KIKET_WEBHOOK_SECRET',
    hooks: (manifest.hooks ?? []).map(({ event, required = false, timeout = timeoutMs, endpoint }) => ({
      event: canonicalEvent(event, new Map()),
      required,
      timeoutMs: timeout,
      endpoint: typeof endpoint === 'string' ? endpoint : undefined,
    })),
    actions: manifest.actions.map(({ key, label = key, description, icon, scopes, inputs }) => ({
      key,
      label,
      description,
      icon,
      scopes,
      event: commands.find((event) => event.slice(event.lastIndexOf('.') + 1) === key),
      inputs: inputs.map((input) => ({ key: input.key, label: input.label ?? input.key, required: input.required })),
    })),
    timeoutMs,
    scopes: [
      ...manifest.permissions,
      ...operations.map((operation) => `custom_data:${operation}`),
      ...(secretKeys.length > 0 ? ['ext.secrets.read'] : []),
    ],
    settingKeys,
    secretKeys,
    modules,
  };
}

/** Administering a module includes reading and writing it. */
function spellOut(operation: string): string[] {
  return operation === 'admin' ? ['read', 'write', 'admin'] : [operation];
}

/** The hooks that a move has to wait for. */
export function requiredGuards({ hooks }: InstalledExtension): readonly Hook[] {
  return hooks.filter(({ event, required }) => event === guardEvent && required);
}

/** The token's claims about where it's valid. */
export function tokenPlace({ organizationId, projectId }: { organizationId: number; projectId: number }) {
  const { extensionId, installationId } = installation;
  return { org_id: organizationId, ext_id: extensionId, proj_id: projectId, pi_id: installationId };
}
