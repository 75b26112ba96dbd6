import { findHandlerGaps, loadTestSetup } from 'kiket-express/testing';
import { expect, test } from 'vitest';
import extension from '../src/extension.ts';
import { project } from './support.ts';

const { manifest, settings } = loadTestSetup(project);

test('the manifest and the table name the same events and actions', () => {
  expect(findHandlerGaps(manifest, extension)).toEqual({ unhandled: [], unnamed: [] });
});

test('the settings are those of the manifest, without its secrets', () => {
  const named = Object.entries(manifest.configuration).filter(([, { secret }]) => !secret);
  expect(Object.keys(settings).toSorted()).toEqual(named.map(([key]) => key).toSorted());
});

test.each(Object.keys(settings))('no start without the setting %s', (key) => {
  const defaults = Object.entries(manifest.configuration).map(([name, field]) => [name, field.default]);
  const { error } = extension.settingsSchema.safeParse({ ...Object.fromEntries(defaults), [key]: undefined });
  expect(error?.issues.map(({ path }) => path)).toEqual([[key]]);
});
