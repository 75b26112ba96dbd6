import type * as z from 'zod';

/** Tells whether a value certainly fits a schema. */
type Fits = (value: unknown) => boolean;

const known = new WeakMap<z.core.$ZodType, Fits>();

/**
 * Whether a value certainly fits a schema, told without the copy and the notes that zod makes of every field, which are 8 KB
 * for a delivery. Where this is `false`, zod has to look, which also knows what is wrong.
 */
export function certainlyFits(schema: z.core.$ZodType, value: unknown): boolean {
  return fitsOf(schema)(value);
}

function fitsOf(schema: z.core.$ZodType): Fits {
  const made = known.get(schema);
  if (made !== undefined) return made;
  // Until it is made, which would be never where a schema is part of itself.
  known.set(schema, never);
  const fits = make(schema);
  known.set(schema, fits);
  return fits;
}

/** Knows the kinds of schemas that deliveries have; nothing certainly fits any other. */
function make(schema: z.core.$ZodType): Fits {
  const { def, traits } = (schema as z.core.$ZodTypes)._zod;
  const { checks = [] } = def;
  if (def.type === 'string') return 'format' in def ? never : string(checks);
  if (checks.length > 0 || traits.has('$ZodExactOptional') || traits.has('$ZodXor')) return never;
  if (def.type === 'optional') return or(undefined, fitsOf(def.innerType));
  if (def.type === 'nullable') return or(null, fitsOf(def.innerType));
  if (def.type === 'union') return anyOf(def.options.map(fitsOf));
  if (def.type === 'array') return list(fitsOf(def.element));
  if (def.type === 'object' && def.catchall === undefined) return object(def.shape);
  if (def.type === 'number' && 'format' in def && def.format === 'safeint') return Number.isSafeInteger;
  const isAnyRecord = def.type === 'record' && isAny(def.keyType, 'string') && isAny(def.valueType, 'unknown');
  return isAnyRecord ? isPlain : never;
}

const never: Fits = () => false;

function isAny({ _zod: { def } }: z.core.$ZodType, type: 'string' | 'unknown'): boolean {
  return def.type === type && !('format' in def) && (def.checks ?? []).length === 0;
}

/** Any object that JSON has, whatever is in it. */
const isPlain: Fits = (value) =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

function or(nothing: null | undefined, fits: Fits): Fits {
  return (value) => value === nothing || fits(value);
}

function anyOf(options: readonly Fits[]): Fits {
  return (value) => {
    for (const fits of options) if (fits(value)) return true;
    return false;
  };
}

function list(item: Fits): Fits {
  return (value) => Array.isArray(value) && value.every(item);
}

function object(shape: Readonly<Record<string, z.core.$ZodType>>): Fits {
  const fields = Object.entries(shape).map(([key, field]) => ({ key, fits: fitsOf(field) }));
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    for (const { key, fits } of fields) if (!fits((value as Record<string, unknown>)[key])) return false;
    return true;
  };
}

function string(checks: readonly z.core.$ZodCheck[]): Fits {
  const [check, ...more] = checks.map(({ _zod }) => _zod.def as z.core.$ZodChecks['_zod']['def']);
  if (check === undefined) return (value) => typeof value === 'string';
  if (more.length > 0 || check.check !== 'string_format' || check.format !== 'regex') return never;
  const { pattern } = check as z.core.$ZodCheckRegexDef;
  return (value) => typeof value === 'string' && pattern.test(value);
}
