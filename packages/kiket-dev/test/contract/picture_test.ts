import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { problems, type ProblemCode } from '../../../kiket-express/src/errors.ts';
import { openApp } from '../support/app.ts';
import { projectRoot } from '../support/folders.ts';

/** Not about deliveries. */
const elsewhere = new Set(['metrics_unauthorized', 'not_ready', 'not_started']);
/** Only ever inside a guard's answer. */
const ofGuards: readonly ProblemCode[] = ['guard_failed', 'guard_missing', 'decision_invalid', 'transition_missing'];

describe('delivery.svg of the library', () => {
  const picture = readFileSync(join(projectRoot, 'packages', 'kiket-express', 'docs', 'delivery.svg'), 'utf8');
  const textsOf = (kind: string) =>
    [...picture.matchAll(new RegExp(`<text class="${kind}"[^>]*>(.*)</text>`, 'g'))].map(([, text = '']) =>
      text.replaceAll(/<[^>]+>/g, ' '),
    );
  const codesIn = (text: string) => text.match(/[a-z]+(?:_[a-z]+)*/g) ?? [];

  test('shows each problem of a delivery once, with its status', () => {
    const shown = textsOf('problem').flatMap((text) =>
      codesIn(text).map((code) => `${/\d{3}/.exec(text)?.[0]} ${code}`),
    );
    const expected = Object.entries(problems)
      .filter(([code]) => !elsewhere.has(code) && !ofGuards.includes(code as ProblemCode))
      .map(([code, { httpStatus }]) => `${httpStatus} ${code}`);
    expect(shown.toSorted()).toEqual(expected.toSorted());
  });

  test('shows what can be wrong only with a guard', () => {
    expect(textsOf('failure').flatMap(codesIn).toSorted()).toEqual(ofGuards.toSorted());
  });

  test('shows every path', async () => {
    const { deliveryPaths } = await openApp();
    const text = textsOf('what').join(' ');
    expect(text.match(/(?<= )\/[\w/:]*/g)?.toSorted()).toEqual(deliveryPaths.toSorted());
  });
});
