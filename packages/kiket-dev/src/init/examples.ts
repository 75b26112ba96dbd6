/** The examples that `npm run init` keeps or drops, with their whole files and folders. The rest is in marked regions: see regions.ts. */
export const examples = {
  fields: { label: 'required fields', paths: ['src/guards/requireFields.ts', 'test/requireFields_test.ts'] },
  freeze: { label: 'change freezes', paths: ['src/guards/changeFreeze.ts', 'test/changeFreeze_test.ts'] },
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
      'src/guards/approvalRules.ts',
      'src/listeners/dropApprovals.ts',
      'test/approvals_test.ts',
    ],
  },
  override: {
    label: 'overrides in an emergency',
    paths: ['src/actions/overrideTransition.ts', 'test/override_test.ts'],
  },
  decisions: {
    label: 'a table of decisions, with a report and dbt models',
    paths: [
      '.kiket/modules',
      'src/actions/decisionReport.ts',
      'src/backfill.ts',
      'src/listeners/decisionRows.ts',
      'test/decisions_test.ts',
    ],
  },
} as const;

/** The name of one example. */
export type Example = keyof typeof examples;

/** Files that go when none of these examples is kept. */
export const sharedPaths: readonly { of: readonly Example[]; paths: readonly string[] }[] = [
  {
    of: ['fields', 'checks', 'approvals'],
    paths: ['src/listeners/commentRequirements.ts', 'test/commentRequirements_test.ts'],
  },
  { of: ['approvals', 'override'], paths: ['src/listeners/spendApprovals.ts'] },
  { of: ['approvals', 'override', 'decisions'], paths: ['src/listeners/recordMove.ts', 'test/recordMove_test.ts'] },
];
