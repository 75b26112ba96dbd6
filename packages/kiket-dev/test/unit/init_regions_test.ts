import { describe, expect, test } from 'vitest';
import { dropRegions } from '../../src/init/regions.ts';
import { renameFile } from '../../src/init/rename.ts';

const isKept = (name: string) => ['fields', 'checks'].includes(name);

describe('regions', () => {
  test.each([
    ['# example: fields\na\n# end\nb', 'a\nb'],
    ['# example: freeze\na\n# end\nb', 'b'],
    ['  // example: freeze\n  a\n  // end\nb', 'b'],
    ['<!-- template -->\n\na\n\n<!-- end -->\nb', 'b'],
    ['// packages\na\n// end\nb', 'b'],
    ['# example: fields or freeze\na\n# end', 'a'],
    ['# example: fields and freeze\na\n# end', ''],
    ['# example: fields and checks\na\n# end', 'a'],
    ['# example: freeze\na\n# example: fields\nb\n# end\n# end\nc', 'c'],
    ['# example: fields\na\n# example: freeze\nb\n# end\nc\n# end', 'a\nc'],
    ['| a | 1 <!-- example: freeze --> |\n| b | 2 <!-- example: fields --> |', '| b | 2 |'],
    ['# an example: fields\n# the end\n<!-- file: a.ts -->', '# an example: fields\n# the end\n<!-- file: a.ts -->'],
  ])('%j becomes %j', (text, left) => {
    expect(dropRegions(text, isKept)).toBe(left);
  });

  test.each([
    ['# example: fields\na', 'A region has no "end".'],
    ['a\n# end', 'An "end" has no region.'],
  ])('%j is refused', (text, message) => {
    expect(() => dropRegions(text, isKept)).toThrow(message);
  });
});

describe('names', () => {
  const answers = {
    id: 'com.acme.release-gate',
    name: "Acme's & Webhook Guardian",
    repository: 'acme/webhook-guardian-2',
    packageName: 'webhook-guardian-2',
    author: 'Example Org of Acme',
    keep: [],
  };

  test.each([
    ['a.md', 'Webhook Guardian by Example Org', "Acme's & Webhook Guardian by Example Org of Acme"],
    ['a.ts', "'Webhook Guardian'", String.raw`'Acme\'s & Webhook Guardian'`],
    ['a.md', 'example/webhook-guardian and webhook-guardian', 'acme/webhook-guardian-2 and webhook-guardian-2'],
    ['a.yaml', 'webhook-guardian-metrics-token', 'webhook-guardian-2-metrics-token'],
    ['a.yaml', 'com.example.webhook-guardian.decisions', 'com.acme.release-gate.decisions'],
    ['a.yaml', 'event: guardian.approve_transition', 'event: release_gate.approve_transition'],
    ['a.md', 'my-webhook-guardian, the guardian. It', 'my-webhook-guardian, the guardian. It'],
    ['docs/upgrading.md', 'example/webhook-guardian', 'example/webhook-guardian'],
  ])('in %s %j becomes %j', (path, text, renamed) => {
    expect(renameFile(path, text, answers)).toBe(renamed);
  });

  test("of who holds the licence: the fork's below the template's", () => {
    const text = renameFile('LICENSE', 'MIT\n\nCopyright (c) 2026 the webhook-guardian authors\n', answers);
    expect(text).toMatch(/authors\nCopyright \(c\) \d{4} Example Org of Acme\n$/);
  });
});
