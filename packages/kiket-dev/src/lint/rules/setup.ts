import { warning } from '../found.ts';
import type { Problem } from '../problem.ts';
import type { ManifestFile, Project } from '../project.ts';
import { dynamicTypes } from '../shapes/configuration.ts';
import { asList, asMap, asText, asTexts } from '../values.ts';
import type { Path } from '../yamlFile.ts';

type Step = Readonly<Record<string, unknown>>;

const dynamic: ReadonlySet<unknown> = new Set(dynamicTypes);

/** The steps of the setup wizard ask for what there is, and say what they are. Their shape is checked with the manifest's. */
export function setupRules(project: Project): Problem[] {
  const manifest = project.manifest();
  if (manifest === undefined) return [];
  const path = [...manifest.prefix, 'setup'];
  const steps = asList(manifest.extension['setup']).flatMap((step, index) =>
    Object.entries(asMap(step)).flatMap(([kind, fields]) => checkStep(manifest, [...path, index, kind], asMap(fields))),
  );
  return [...steps, ...outputFields(manifest)];
}

function checkStep(manifest: ManifestFile, path: Path, step: Step): Problem[] {
  const kind = path.at(-1);
  const say = (key: string, rule: string, message: string, hint: string) =>
    warning(rule, manifest.at([...path, key]), { message, hint });
  const found = [...collected(manifest, path, step), ...fieldsOf(manifest, path, step)];
  if (kind === 'test' && asText(step['action']) === undefined && asText(step['check_endpoint']) === undefined) {
    found.push(
      say('action', 'setup-test-action', 'This step tries nothing: it has no action.', 'Name the event of a command.'),
    );
  }
  if (kind === 'info' && asText(step['title']) === undefined) {
    found.push(say('title', 'setup-info-title', 'This step has no title.', 'Give it a heading.'));
  }
  if (kind === 'info' && asText(step['content']) === undefined && asText(step['markdown']) === undefined) {
    found.push(
      say(
        'content',
        'setup-info-content',
        'This step says nothing: it has no content.',
        'Write content: with the text.',
      ),
    );
  }
  return found;
}

function collected(manifest: ManifestFile, path: Path, step: Step): Problem[] {
  const keys = Object.keys(asMap(manifest.extension['configuration']));
  return asTexts(step['collect']).flatMap((key, index) => {
    if (keys.includes(key)) return [];
    const message = `This step asks for ${key}, which is not in configuration.`;
    const hint = keys.length === 0 ? 'Add it to configuration.' : `There are: ${keys.join(', ')}.`;
    return [warning('setup-collect', manifest.at([...path, 'collect', index]), { message, hint })];
  });
}

function fieldsOf(manifest: ManifestFile, path: Path, step: Step): Problem[] {
  const fields = asList(step['fields']).map(asMap);
  const names = new Set([...fields.map(({ key }) => key), ...asTexts(step['collect'])]);
  return fields.flatMap(({ type, options, showWhen }, index) => {
    const at = (...keys: string[]) => manifest.at([...path, 'fields', index, ...keys]);
    const other = asText(asMap(showWhen)['field']);
    const unknown = warning('setup-show-when', at('showWhen', 'field'), {
      message: `This field is shown depending on ${String(other)}, which the step does not ask for.`,
      hint: 'Name another field of the same step.',
    });
    const unused = warning('options-unused', at('options'), {
      message: `These options are never shown: the type is ${String(type)}, which Kiket fills itself.`,
      hint: 'Remove the options, or make it a select.',
    });
    return [
      other === undefined || names.has(other) ? [] : unknown,
      dynamic.has(type) && options !== undefined ? unused : [],
    ].flat();
  });
}

function outputFields(manifest: ManifestFile): Problem[] {
  return Object.entries(asMap(manifest.extension['output_fields'])).flatMap(([key, field]) => {
    if (asText(asMap(field)['label']) !== undefined) return [];
    const message = `The output field ${key} has no label.`;
    const place = manifest.keyAt([...manifest.prefix, 'output_fields', key]);
    return [warning('output-field-label', place, { message, hint: 'Write what people see beside the value.' })];
  });
}
