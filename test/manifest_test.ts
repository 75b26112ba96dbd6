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

test('the hook that asks the guards is required: Kiket ignores the answer otherwise', () => {
  const asked = manifest.hooks.filter(({ name }) => name === 'workflow.before_transition');
  expect(asked).toHaveLength(Object.keys(extension.guards).length > 0 ? 1 : 0);
});
