import { guardEvent, canonicalEvent } from '../../../../kiket-express/src/receive/events.ts';
import { error, warning } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { asList, asMap, asText } from '../values.ts';

const url = 'url: ${EXTENSION_BASE_URL}';

/** Kiket can reach the extension, signs what it delivers, and waits for the answers of guards. */
export function deliveryRules(project: Project): Problem[] {
  const manifest = project.manifest();
  if (manifest === undefined) return [];
  return [...callback(project, manifest), ...guards(manifest)];
}

function callback(project: Project, manifest: ManifestFile): Problem[] {
  const { extension, prefix } = manifest;
  if (extension['delivery'] !== 'http') return [];
  const at = (key: string) => manifest.at([...prefix, 'callback', key]);
  if (!Object.hasOwn(extension, 'callback')) {
    const message = 'Delivery is http, and there is no callback that says where to.';
    return [
      error('callback-missing', manifest.at([...prefix, 'delivery']), {
        message,
        hint: `Write callback: with ${url}.`,
      }),
    ];
  }
  const fields = asMap(extension['callback']);
  const secret = asText(fields['secret']);
  const urlMissing = error('callback-url', at('url'), {
    message: 'Delivery is http, and callback.url is missing. Managed hosting needs it as well.',
    hint: `Write ${url}; Kiket fills it in, or your deployment does.`,
  });
  const secretMissing = warning('callback-secret', at('secret'), {
    message: 'callback.secret is missing, so nothing says which secret signs the deliveries.',
    hint: 'Write secret: env.KIKET_WEBHOOK_SECRET.',
  });
  return [
    Object.hasOwn(fields, 'url') ? [] : urlMissing,
    secret === undefined ? secretMissing : undeclaredSecret(project, secret, at('secret')),
  ].flat();
}

function undeclaredSecret(project: Project, secret: string, place: ReturnType<ManifestFile['at']>): Problem[] {
  const name = /^env[.:](\w+)$/.exec(secret)?.[1];
  const example = project.read('.env.example');
  if (name === undefined || example === undefined || new RegExp(`^#? *(?:export +)?${name}=`, 'm').test(example))
    return [];
  const message = `The webhook secret is in the variable ${name}, which .env.example does not have.`;
  return [error('callback-secret', place, { message, hint: `Add ${name}= to .env.example.` })];
}

/** A guard that nobody waits for guards nothing. */
function guards(manifest: ManifestFile): Problem[] {
  const { extension, prefix } = manifest;
  const hooks = asList(extension['hooks']).map((hook) => (typeof hook === 'string' ? { event: hook } : asMap(hook)));
  const asked = hooks.flatMap(({ event, required }, index) =>
    canonicalEvent(String(event), new Map()) === guardEvent ? [{ index, required }] : [],
  );
  const ignored = asked
    .filter(({ required }) => required !== true)
    .map(({ index }) =>
      error('guard-not-required', manifest.at([...prefix, 'hooks', index, 'required']), {
        message: 'Kiket does not wait for the answer of this guard, so a deny stops nothing.',
        hint: 'Write the hook with required: true.',
      }),
    );
  if (asked.length === 0 || asMap(extension['callback'])['required'] === true) return ignored;
  const message = "callback.required is not true. Kiket does not say whether the hook's own `required` is enough.";
  const place = manifest.at([...prefix, 'callback', 'required']);
  return [
    ...ignored,
    warning('guard-not-required', place, { message, hint: 'Write required: true into callback as well.' }),
  ];
}
