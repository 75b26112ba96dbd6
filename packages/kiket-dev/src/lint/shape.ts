import { readFileSync } from 'node:fs';
import { Ajv, type ErrorObject } from 'ajv';
import { isNear } from 'kiket-express/manifest';
import { error, warning, type Problem } from './problem.ts';
import { asMap, asText } from './values.ts';
import type { YamlFile } from './yamlFile.ts';

const ajv = new Ajv({ allErrors: true, verbose: true, strict: false });

/** Marks a map that allows keys besides those in the schema. */
const open = 'other keys are fine';

/** One of this package's JSON Schemas, which editors use too. */
export function readSchema(name: 'manifest' | 'module'): object {
  const text = readFileSync(new URL(`../../${name}.schema.json`, import.meta.url), 'utf8');
  return JSON.parse(text, markOpen) as object;
}

/**
 * Kiket has more keys than the schema, and ignores unknown ones. The check gets all of them, and reports misspelled
 * ones.
 */
function markOpen(key: string, value: unknown): unknown {
  const { properties, additionalProperties } = asMap(value);
  if (properties === undefined || additionalProperties !== undefined || key === 'if') return value;
  return { ...asMap(value), additionalProperties: false, $comment: open };
}

/** All schema errors of a file, each with its place. The syntax rules report unreadable files. */
export function checkShape(rule: string, yaml: YamlFile, schema: object): Problem[] {
  if (yaml.value === undefined) return [];
  const validate = ajv.compile(schema);
  validate(yaml.value);
  return (validate.errors ?? []).flatMap((each) => describe(rule, yaml, each));
}

function describe(rule: string, { at, keyAt }: YamlFile, found: ErrorObject): Problem[] {
  const { keyword, instancePath, params, parentSchema, propertyName, data } = found;
  const around = instancePath.split('/').slice(1).map(unescape);
  const schema = asMap(parentSchema);
  const meaning = explain(schema);
  const nameOf = (...path: string[]) => path.map((key) => (key === '' ? 'null' : key)).join('.') || 'The file';
  // The errors inside are more specific.
  if (keyword === 'if' || keyword === 'propertyNames') return [];
  if (propertyName !== undefined) {
    const path = [...around, propertyName];
    return [error(rule, keyAt(path), `The name ${nameOf(...path)} ${complain(found)}${meaning}`, '')];
  }
  if (keyword === 'required') {
    const { missingProperty } = params as { missingProperty: string };
    const path = [...around, missingProperty];
    const missing = asMap(asMap(schema['properties'])[missingProperty]);
    return [error(rule, at(path), `${nameOf(...path)} is missing${explain({ ...schema, ...missing })}`, '')];
  }
  if (keyword !== 'additionalProperties') {
    return [error(rule, at(around), `${nameOf(...around)} ${complain(found)}${meaning}`, '')];
  }
  const { additionalProperty: key } = params as { additionalProperty: string };
  const meant = Object.keys(asMap(schema['properties'])).find(
    (name) => !Object.hasOwn(asMap(data), name) && isNear(key, name),
  );
  const isOpen = schema['$comment'] === open;
  if (isOpen && meant === undefined) return [];
  const path = [...around, key];
  const report = isOpen ? warning : error;
  const text = `${nameOf(...path)} isn't a known key${isOpen ? ', so Kiket ignores it' : ''}`;
  const end = meant === undefined ? meaning : `. Did you mean ${meant}?`;
  return [report(isOpen ? 'key-unknown' : rule, keyAt(path), text + end, '')];
}

/** What is wrong with a value, as the end of a sentence that {@link explain} completes. */
function complain({ keyword, params, message = '' }: ErrorObject): string {
  const { type = '', allowedValues = [] } = params as { type?: string | string[]; allowedValues?: unknown[] };
  if (keyword === 'type')
    return `must be ${String(type)
      .replaceAll(/\w+/g, (name) => typeNames[name] ?? name)
      .replaceAll(',', ' or ')}`;
  if (keyword === 'enum') return `must be one of ${allowedValues.join(', ')}`;
  return keyword === 'pattern'
    ? 'has the wrong form'
    : message.replace('NOT', 'not').replace('>=', 'at least').replace('<=', 'at most');
}

const typeNames: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  object: 'a map',
  string: 'text',
};

/** What a value is, in parentheses, and the end of the sentence. */
function explain({ description }: Readonly<Record<string, unknown>>): string {
  const meaning = asText(description)
    ?.replace(/\.$/, '')
    .replace(/^(?!Kiket)[A-Z](?=[ a-z])/, (first) => first.toLowerCase());
  return meaning === undefined ? '.' : ` (${meaning}).`;
}

/** JSON Pointer: https://www.rfc-editor.org/rfc/rfc6901 */
function unescape(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}
