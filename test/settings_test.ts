import { describe, expect, test } from 'vitest';
import { settingsWith } from './support.ts';

describe('the settings', () => {
  test('are careful by default', () => {
    expect(settingsWith()).toMatchObject({ protected_statuses: ['done'], failure_policy: 'deny' });
  });

  test.each([
    ['protected_statuses', 'done, In Review ,,released,', ['done', 'In Review', 'released']],
    ['failure_policy', 'allow', 'allow'],
  ])('may say %s=%s', (key, text, value) => {
    expect(settingsWith({ [key]: text })).toMatchObject({ [key]: value });
  });

  test.each([
    ['protected_statuses', ','],
    ['protected_statuses', '\u200b, "\ufe0f"'],
    ['protected_statuses', '*'],
    ['protected_statuses', 'done, "*"'],
    ['protected_statuses', 'All'],
    ['protected_statuses', '\uff0a'],
    ['protected_statuses', '"*\u200b"'],
    ['protected_statuses', 'undefined'],
    ['protected_statuses', 'null'],
    ['protected_statuses', 'done, False'],
    // To explain them all would take long.
    ['protected_statuses', ', done'.repeat(51)],
    ['failure_policy', 'maybe'],
  ])('may not say %s=%j', (key, text) => {
    expect(() => settingsWith({ [key]: text })).toThrow(`KIKET_SETTING_${key.toUpperCase()}`);
  });
});
