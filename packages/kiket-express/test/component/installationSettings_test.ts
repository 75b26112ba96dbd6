import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { DeliveryError } from '../../src/errors.ts';
import { success } from '../../src/extension/decision.ts';
import { installationSettings } from '../../src/manifest/settings.ts';
import { loadTestSetup } from '../../src/testing/kiket.ts';
import { project } from '../fixture/src/project.ts';
import { createGuardian, type GuardianOptions } from '../support/guardian.ts';

const move = {
  event: 'workflow.before_transition',
  issue: { id: 42, project_id: 7, organization_id: 3, assignee_id: 19 },
  transition: { from: 'review', to: 'done', performed_by: 'mira@example.com' },
};
const listened = { event: 'issue.created', issue: { id: 42, key: 'ORD-42' } };
const action = {
  action_key: 'approve_transition',
  organization_id: 3,
  context: { project: { id: 7 }, issue: { id: 42 } },
};

async function answer(payload: object, options: GuardianOptions = {}) {
  const guardian = await createGuardian(options);
  const { status, body } = await guardian.deliver(payload);
  return { status, body: body as Record<string, unknown>, logText: guardian.logText() };
}

describe('an installation may bring its own settings', () => {
  const needsTwo = { status: 'pending', metadata: { approvals_needed: 2 } };
  test.each([
    ['as settings', { settings: { required_approvals: 2 } }, needsTwo],
    ['as configuration, quoted', { configuration: { required_approvals: '2' } }, needsTwo],
    [
      'in both, which agree',
      { settings: { required_approvals: 2 }, configuration: { required_approvals: 2 } },
      needsTwo,
    ],
    ['for a list, as text', { settings: { protected_statuses: 'closed, archived' } }, { status: 'allow' }],
    ['for a list, as a list', { settings: { required_fields: ['labels'] } }, { status: 'deny' }],
    ['with what the manifest does not know', { settings: { colour: { of: 'the board' } } }, { status: 'allow' }],
    ['of nothing but blanks', { settings: { protected_statuses: ' ', required_fields: [] } }, { status: 'allow' }],
  ])('%s', async (_how, sent, expected) => {
    const { status, body } = await answer({ ...move, ...sent }, { overrides: { required_approvals: '0' } });
    expect([status, body]).toMatchObject([200, expected]);
  });

  test('which override the environment for this delivery only', async () => {
    const guardian = await createGuardian({ overrides: { required_approvals: '0' } });
    await guardian.deliver({ ...move, settings: { required_approvals: 2 } });
    const next = await guardian.deliver(move);
    expect(next.body).toMatchObject({ status: 'allow' });
  });

  test("next to the extension's own of any length, in linear time", async () => {
    const { body } = await answer(
      { ...move, settings: { required_approvals: 1 } },
      { overrides: { required_fields: 'x'.repeat(400_000) } },
    );
    expect(body).toMatchObject({ status: 'deny' });
  });

  test('which are checked once, and again when they differ', async () => {
    const settingsSchema = project.extension.settingsSchema;
    const safeParse = vi.spyOn(settingsSchema, 'safeParse');
    onTestFinished(() => safeParse.mockRestore());
    const guardian = await createGuardian();
    const before = safeParse.mock.calls.length;
    const right = { ...move, settings: { required_approvals: 2 } };
    const wrong = { ...move, settings: { failure_policy: 'x' } };
    const answers = [];
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    for (const each of [right, wrong, right, wrong]) answers.push((await guardian.deliver(each)).body.status);
    expect([answers, safeParse.mock.calls.length - before]).toEqual([['pending', 'deny', 'pending', 'deny'], 2]);
  });

  test('of which the oldest are forgotten, so that they fit into memory', () => {
    const { manifest, settings } = loadTestSetup(project);
    let checks = 0;
    const settingsSchema = { safeParse: () => ({ success: true, data: settings, checks: (checks += 1) }) };
    const extension = { settingsSchema: settingsSchema as unknown as typeof project.extension.settingsSchema };
    const read = installationSettings({ manifest, overrides: {}, extension, secrets: {} });
    for (let count = 0; count <= 100; count += 1) read([{ required_fields: [`field_${count}`] }]);
    read([{ required_fields: ['field_100'] }]);
    expect(checks).toBe(101);
    read([{ required_fields: ['field_0'] }]);
    expect(checks).toBe(102);
  });

  test('which say what to answer when a guard cannot decide', async () => {
    const { transition: _transition, ...unmoved } = move;
    const { body } = await answer({ ...unmoved, settings: { failure_policy: 'allow' } });
    expect(body).toMatchObject({ status: 'allow', metadata: { degraded: true, failure: 'transition_missing' } });
  });

  test('which say the same where its token cannot be checked', async () => {
    const verifyToken = () => Promise.reject(new DeliveryError('token_keys_unavailable'));
    const options = { verifyToken, overrides: { failure_policy: 'allow' } };
    const { body } = await answer({ ...move, settings: { failure_policy: 'deny' } }, options);
    expect(body).toMatchObject({ status: 'deny', metadata: { failure: 'token_keys_unavailable' } });
  });

  test('but not in a command, whose parameters people fill', async () => {
    const guardian = await createGuardian();
    const { body } = await guardian.deliver({
      event: 'guardian.guardian_report',
      settings: { required_approvals: 'x' },
    });
    expect(body).toMatchObject({ status: 'success' });
  });
});

describe("an installation that names a host of its own doesn't get the extension's secrets", () => {
  const host = 'https://checks.example.com';
  test.each([
    ['where it names none', {}, ['own', 'default']],
    ['where the extension names the host', { required_fields: `See: ${host}/other` }, ['own', 'default']],
    ['where it names another one', { required_fields: 'https://evil.example/x' }, ['own', undefined]],
    ['where it names one in a list', { required_fields: [host, 'https://evil.example'] }, ['own', undefined]],
    ['where it names one with backslashes', { required_fields: String.raw`https:\\evil.example` }, ['own', undefined]],
    ['where it names one without slashes', { required_fields: 'https:evil.example' }, ['own', undefined]],
    ['where it names one with a tab', { required_fields: ['https:\t//evil.example'] }, ['own', undefined]],
    ['where its name has a comma', { required_fields: [`${host},of.evil.example`] }, ['own', undefined]],
    [
      'where its name has one after a space',
      { required_fields: [`\u00A0${host},of.evil.example`] },
      ['own', undefined],
    ],
    ['where its name has one in quotes', { required_fields: `"a,b", "${host},of.evil"` }, ['own', undefined]],
    ['where its name goes on invisibly', { required_fields: `${host}\uFEFF.evil.example` }, ['own', undefined]],
  ])('%s', async (_where, settings, expected) => {
    const seen: unknown[] = [];
    const look = (_delivery: unknown, { secret }: { secret: (key: string) => unknown }) => {
      seen.push(secret('CHECKS_API_TOKEN'), secret('OTHER'));
      return success('Done.');
    };
    const guardian = await createGuardian({
      extension: { ...project.extension, actions: { ...project.extension.actions, approve_transition: look } },
      overrides: { required_fields: host },
      secrets: { CHECKS_API_TOKEN: 'default', OTHER: 'default' },
    });
    await guardian.deliver({ ...action, settings, secrets: { CHECKS_API_TOKEN: 'own' } });
    expect(seen).toEqual(expected);
  });
});

describe('settings of an installation that are wrong', () => {
  test.each<[string, unknown, string, object?]>([
    ['of another type', { required_approvals: { at_least: 'hunter2' } }, 'required_approvals'],
    ['none of the options', { failure_policy: 'hunter2' }, 'failure_policy'],
    ['a list that cannot be read', { protected_statuses: '"hunter2' }, 'protected_statuses'],
    ['longer than anybody types', { protected_statuses: `hunter2${', done'.repeat(2_000)}` }, 'protected_statuses'],
    ['an address in our network', { required_fields: 'http://127.0.0.1/hunter2' }, 'required_fields'],
    [
      'an address in our network with backslashes',
      { required_fields: String.raw`http:\\[::1]\hunter2` },
      'required_fields',
    ],
    ['an address that is none', { required_fields: 'https://%hunter2' }, 'required_fields'],
    ['true and no text', { protected_statuses: false }, 'protected_statuses'],
    ['a list and no map', ['hunter2'], 'settings'],
    ['nothing but an empty text', '', 'settings'],
    ['two things in two places', { required_approvals: 1 }, 'required_approvals', { required_approvals: 2 }],
  ])(
    '(%s) deny a move whatever the failure policy, and are named in the log without their values',
    async (_what, settings, named, configuration) => {
      const { status, body, logText } = await answer(
        { ...move, settings, configuration },
        { overrides: { required_approvals: '0', failure_policy: 'allow' } },
      );
      expect([status, body]).toMatchObject([200, { status: 'deny', metadata: { failure: 'settings_invalid' } }]);
      expect(logText).toContain(`Check: ${named}.`);
      expect(logText).not.toContain('hunter2');
    },
  );

  test.each([
    ['an action', action],
    ['a listener', listened],
  ])('let %s fail, so that Kiket delivers again', async (_what, payload) => {
    const { status, body } = await answer({ ...payload, settings: { required_approvals: 'many' } });
    expect([status, body]).toMatchObject([500, { error: { code: 'settings_invalid' } }]);
  });

  test('do not matter to an event that nobody listens to', async () => {
    const { status, body } = await answer({ event: 'board.renamed', settings: ['odd'] });
    expect([status, body]).toEqual([200, { status: 'ignored', event: 'board.renamed' }]);
  });
});
