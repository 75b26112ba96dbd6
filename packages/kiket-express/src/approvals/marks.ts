import { hash, randomUUID } from 'node:crypto';
import { isBlank } from '../extension/fields.ts';
import type { FieldMarks } from '../store/store.ts';

/** Marks the values of these fields. A field that can't be read has no mark. */
export async function markFields(
  names: readonly string[],
  read: (name: string) => Promise<unknown>,
): Promise<FieldMarks> {
  const marked = await Promise.all(
    names.map(async (name) => {
      try {
        return [[name, markOf(await read(name))] as const];
      } catch {
        return [];
      }
    }),
  );
  return Object.fromEntries(marked.flat());
}

/**
 * A hash, because titles and descriptions belong to Kiket. It's long, so that nobody can find two texts with the same
 * hash, have one approved and move the other. All blank values have the same mark.
 */
function markOf(value: unknown): string {
  if (isBlank(value)) return '';
  try {
    return hash('sha256', JSON.stringify(value, uniqueIfInexact), 'base64url');
  } catch {
    // It's nested too deep to be compared, so it counts as changed.
    return randomUUID();
  }
}

/** JavaScript reads several such numbers as one, so each counts as changed: https://www.rfc-editor.org/rfc/rfc8259#section-6 */
function uniqueIfInexact(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !(Math.abs(value) <= Number.MAX_SAFE_INTEGER) ? randomUUID() : value;
}
