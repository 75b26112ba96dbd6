import { includesStatus } from 'kiket-express';
import { approveTransition } from './actions/approveTransition.ts';
import { explainTransition } from './actions/explainTransition.ts';
import { decisionReport } from './actions/decisionReport.ts';
import { overrideTransition } from './actions/overrideTransition.ts';
import { revokeApproval } from './actions/revokeApproval.ts';
import { changeFreeze } from './guards/changeFreeze.ts';
import { checksPass } from './guards/checksPass.ts';
import { requireApprovals } from './guards/requireApprovals.ts';
import { requireFields } from './guards/requireFields.ts';
import { dropApprovals } from './listeners/dropApprovals.ts';
import { commentRequirements } from './listeners/commentRequirements.ts';
import { recordMove } from './listeners/recordMove.ts';
import { spendApprovals } from './listeners/spendApprovals.ts';
import { define } from './settings.ts';

/** The whole extension in one table. Everything it names is in `.kiket/manifest.yaml` too. */
export default define({
  /** The transitions that the guards decide about. Every other one is allowed. */
  when: ({ transition, settings }) => includesStatus(settings.protected_statuses, transition.to),
  guards: {
    requireFields,
    changeFreeze,
    checksPass,
    requireApprovals,
  },
  // example: override
  /** The guards that an override skips. The others always apply. */
  overridable: [
    // example: freeze
    'changeFreeze',
    // end
    // example: checks
    'checksPass',
    // end
    // example: approvals
    'requireApprovals',
    // end
  ],
  overriddenBy: (settings) => settings.override_users,
  // end
  actions: {
    approve_transition: approveTransition,
    revoke_approval: revokeApproval,
    override_transition: overrideTransition,
    explain_transition: explainTransition,
    decision_report: decisionReport,
  },
  listeners: {
    'workflow.after_transition': recordMove,
    'issue.transitioned': spendApprovals,
    'issue.created': commentRequirements,
    'issue.updated': dropApprovals,
  },
});
