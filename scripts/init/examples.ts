/** What of the shipped extension a fork may keep. */
export type Example = 'fields' | 'freeze' | 'checks' | 'approvals';

/** A piece of text, and what stands there without the example. */
export interface Replacement {
  file: string;
  from: string;
  to: string;
}

/** Everything that is there for one example. Paths are from the root; keys are those of the manifest. */
export interface ExampleParts {
  /** For the person who chooses. */
  label: string;
  /** Its name in the extension's table. */
  guard: string;
  files: readonly string[];
  /** Keys of its actions; their commands end in them. */
  actions: readonly string[];
  /** Keys of its settings and of its secrets. */
  configuration: readonly string[];
  permissions: readonly string[];
  capabilities: readonly string[];
  replacements: readonly Replacement[];
}

const noteNeeds = 'src/extension/listeners/noteNeeds.ts';
const story = 'sandbox/cli/story.ts';
const manifest = '.kiket/manifest.yaml';
const schema = '.kiket/modules/guard_decisions/schema.yml';

/** The four guards of the shipped extension, and what belongs to each. */
export const examples: Readonly<Record<Example, ExampleParts>> = {
  fields: {
    label: 'required fields',
    guard: 'requireFields',
    files: ['src/extension/guards/requireFields.ts', 'src/extension/issueFields.ts'],
    actions: [],
    configuration: ['required_fields'],
    permissions: ['issues:read'],
    capabilities: [],
    replacements: [
      {
        file: noteNeeds,
        from: `  const fields = await knownFields(issue, settings.required_fields, context);
  const missingFields = blankFields({ fields }, settings.required_fields);
`,
        to: '',
      },
      { file: noteNeeds, from: ', missingFields', to: '' },
      {
        file: noteNeeds,
        from: "    missingFields.length === 0 ? [] : `${missingFields.join(', ')} filled in`,\n",
        to: '',
      },
      {
        file: story,
        from: `  tell('Mira moves ORD-42 to done', 'deny', await move());

  const mended = await sandbox.changeIssue('ORD-42', { issue: { assignee_id: 19 }, as: mira });
  const assignee = mended.assignee?.name ?? 'nobody';
  tell('Mira takes the issue', 'saved', { status: 'saved', message: \`Assigned to \${assignee}.\` });

`,
        to: '',
      },
      { file: story, from: "every decision', 'deny, ", to: "every decision', '" },
      { file: story, from: "  KIKET_SETTING_REQUIRED_FIELDS: 'assignee_id',\n", to: '' },
      { file: schema, from: '"guard": "requireFields"', to: '"guard": "anotherGuard"' },
    ],
  },
  freeze: {
    label: 'change freezes',
    guard: 'changeFreeze',
    files: ['src/extension/guards/changeFreeze.ts', 'src/extension/freezeWindow.ts'],
    actions: [],
    configuration: ['freeze_windows'],
    permissions: [],
    capabilities: [],
    replacements: [],
  },
  checks: {
    label: 'green checks',
    guard: 'checksPass',
    files: ['src/extension/guards/checksPass.ts', 'src/extension/checks.ts'],
    actions: [],
    configuration: ['checks_url', 'CHECKS_API_TOKEN'],
    permissions: [],
    capabilities: [],
    replacements: [{ file: noteNeeds, from: "    settings.checks_url === '' ? [] : 'green checks',\n", to: '' }],
  },
  approvals: {
    label: 'approvals',
    guard: 'requireApprovals',
    files: [
      'src/extension/guards/requireApprovals.ts',
      'src/extension/approvals.ts',
      'src/extension/actions/approveTransition.ts',
      'src/extension/actions/revokeApproval.ts',
    ],
    actions: ['approve_transition', 'revoke_approval'],
    configuration: ['required_approvals'],
    permissions: [],
    capabilities: ['approvals'],
    replacements: [
      {
        file: manifest,
        from: 'Marks the approvals of the move as used, and records who gave them and what held the move up.',
        to: 'Records moves into protected statuses, and what held them up.',
      },
      {
        file: manifest,
        from: 'Marks the approvals of the move as used.',
        to: 'The same under another name.',
      },
      {
        file: manifest,
        from: 'The defaults protect the status "done" with one approval.',
        to: 'By default the status "done" is protected.',
      },
      {
        file: 'sandbox/index.ts',
        from: '  npm run sandbox -- act approve_transition ORD-42 --as noor@example.com\n',
        to: '  npm run sandbox -- act explain_transition ORD-42 --as noor@example.com\n',
      },
      { file: schema, from: 'who approved them, and what', to: 'and what' },
      { file: schema, from: 'Who approved, or what stood in the way', to: 'What stood in the way' },
      { file: noteNeeds, from: 'required_approvals: approvalsNeeded, ', to: '' },
      { file: noteNeeds, from: ', approvalsNeeded }', to: ' }' },
      {
        file: noteNeeds,
        from: "    approvalsNeeded === 0 ? [] : `${approvalsNeeded} approval${approvalsNeeded === 1 ? '' : 's'} by somebody else`,\n",
        to: '',
      },
      {
        file: story,
        from: `  tell('Mira moves it again', 'pending', await move());

  const approved = await sandbox.act('approve_transition', { issue: 'ORD-42', as: noor });
  tell('Noor approves it', 'success', { status: 'no answer', ...approved.answer });
  tell('The guard is asked again', 'allow', approved.moves[0] ?? { status: 'not asked' });
`,
        to: "  tell('Mira moves it', 'allow', await move());\n",
      },
      {
        file: story,
        from: "const [mira, noor] = ['mira@example.com', 'noor@example.com'];",
        to: "const mira = 'mira@example.com';",
      },
      { file: story, from: "pending, allow'", to: "allow'" },
      { file: story, from: 'It comments who approved', to: 'It comments on that' },
      { file: story, from: "  KIKET_SETTING_REQUIRED_APPROVALS: '1',\n", to: '' },
      {
        file: story,
        from: 'Plays the approval story: denied, mended, waiting, approved, moved.',
        to: 'Plays the story of a move.',
      },
    ],
  },
};

/** What several examples have in common, and goes with the last of them: the comment on a new issue's needs. */
export const shared = {
  of: ['fields', 'checks', 'approvals'] as readonly Example[],
  files: [noteNeeds],
  entries: ['noteNeeds'],
  hooks: ['issue.created'],
};

/** The environment variable of a setting or a secret. */
export function variableOf(key: string): string {
  return key === key.toUpperCase() ? `KIKET_SECRET_${key}` : `KIKET_SETTING_${key.toUpperCase()}`;
}
