// Written by `npm run lint -- --fix` and `npm run dev`: what .kiket/manifest.yaml names.
// prettier-ignore
export const manifest = {
  "events": ["workflow.after_transition", "issue.transitioned", "issue.created", "issue.updated"],
  "actions": ["approve_transition", "revoke_approval", "override_transition", "explain_transition", "decision_report"],
  "secrets": ["CHECKS_API_TOKEN"]
} as const;
