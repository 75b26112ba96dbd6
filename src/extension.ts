import type { Extension } from 'kiket-express';
import { approveTransition } from './actions/approveTransition.ts';
import { explainTransition } from './actions/explainTransition.ts';
import { guardianReport } from './actions/guardianReport.ts';
import { revokeApproval } from './actions/revokeApproval.ts';
import { changeFreeze } from './guards/changeFreeze.ts';
import { checksPass } from './guards/checksPass.ts';
import { requireApprovals } from './guards/requireApprovals.ts';
import { requireFields } from './guards/requireFields.ts';
import { noteNeeds } from './listeners/noteNeeds.ts';
import { recordMove, spendApprovals } from './listeners/recordMove.ts';
import { settingsSchema, type GuardianSettings } from './settings.ts';

/** The whole extension in one table. Whatever it names, `.kiket/manifest.yaml` names too. */
export const extension: Extension<GuardianSettings> = {
  settingsSchema,
  guards: {
    requireFields,
    changeFreeze,
    checksPass,
    requireApprovals,
  },
  listeners: {
    'workflow.after_transition': recordMove,
    'issue.transitioned': spendApprovals,
    'issue.created': noteNeeds,
  },
  actions: {
    approve_transition: approveTransition,
    revoke_approval: revokeApproval,
    explain_transition: explainTransition,
    guardian_report: guardianReport,
  },
};
