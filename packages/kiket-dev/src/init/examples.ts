/** What belongs to one example as whole files. The rest of it is in marked regions: see regions.ts. */
export interface ExampleParts {
  label: string;
  /** Files and folders that go with it. */
  paths: readonly string[];
}

/** The examples that `npm run init` keeps or drops. */
export const examples = {
  fields: {
    label: 'required fields',
    paths: ['src/guards/requireFields.ts', 'test/requireFields_test.ts', 'replay/move_without_assignee.json'],
  },
  freeze: {
    label: 'change freezes',
    paths: ['src/guards/changeFreeze.ts', 'src/guards/freezeWindow.ts', 'test/changeFreeze_test.ts'],
  },
  checks: {
    label: 'green checks',
    paths: ['src/guards/checksPass.ts', 'src/guards/statusApi.ts', 'test/checksPass_test.ts'],
  },
  approvals: {
    label: 'approvals',
    paths: [
      'src/guards/requireApprovals.ts',
      'src/actions/approveTransition.ts',
      'src/actions/revokeApproval.ts',
      'src/listeners/spendApprovals.ts',
      'test/approvals_test.ts',
      'replay/approve_own_move.json',
      'replay/approve_transition.json',
      'replay/revoke_approval.json',
    ],
  },
  decisions: {
    label: 'a table of decisions, with a report and dbt models',
    paths: [
      '.kiket/modules',
      'src/actions/guardianReport.ts',
      'src/listeners/decisionRows.ts',
      'test/decisions_test.ts',
      'replay/guardian_report.json',
      'replay/envelope_command.json',
      'docs/examples/report-after-release.yaml',
    ],
  },
} as const satisfies Record<string, ExampleParts>;

/** The name of one example. */
export type Example = keyof typeof examples;

/** Files that go when none of these examples is kept. */
export const sharedPaths: readonly { of: readonly Example[]; paths: readonly string[] }[] = [
  {
    of: ['fields', 'checks', 'approvals'],
    paths: ['src/listeners/noteNeeds.ts', 'test/noteNeeds_test.ts', 'replay/issue_created.json'],
  },
  {
    of: ['approvals', 'decisions'],
    paths: ['src/listeners/recordMove.ts', 'test/recordMove_test.ts', 'replay/after_transition.json'],
  },
];
