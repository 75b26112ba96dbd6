import type { Example, Replacement } from './examples.ts';

/** What README and docs say about examples. */
export interface SaidAbout {
  /** How rows of the tables begin that go. */
  rows: readonly string[];
  replacements: readonly Replacement[];
}

const page = 'docs/README.md';
const security = '.github/SECURITY.md';
const workflow = 'docs/examples/release-workflow.yaml';

/** What goes from the pages with each example, with the last of several, and when there is none any more. */
export const exampleDocs: Readonly<Record<Example | 'shared' | 'none', SaidAbout>> = {
  fields: { rows: ['Required fields'], replacements: [] },
  freeze: { rows: ['Change freeze', 'Change freezes'], replacements: [] },
  checks: {
    rows: ['Checks', 'Status API', 'Token of your status API'],
    replacements: [
      { file: 'docs/hosting/managed.md', from: ', and your status API if `checks_url` names one', to: '' },
      { file: page, from: " The token can also be an installation's own secret.", to: '' },
      { file: 'docs/monitoring.md', from: '| the status API that is asked, Kiket', to: '| Kiket' },
    ],
  },
  approvals: {
    rows: ['Approvals', 'Approve the next protected move', 'Take back my approval', 'Required approvals'],
    replacements: [
      { file: page, from: ' Where somebody else has to approve, the move waits until they have.', to: '' },
      {
        file: page,
        from: '\nAn approval is good for one move: after it, the next one needs new approvals.\n',
        to: '',
      },
      {
        file: page,
        from: ' ([the approvals are spent and the rest is left out](../test/component/listeners_test.ts))',
        to: '',
      },
      { file: security, from: 'would like to approve what is not theirs to approve', to: 'would like more than that' },
      { file: security, from: ' may lose the last few, though never an approval.', to: ' may lose the last few.' },
      { file: page, from: 'a comment that says who approved.', to: 'a comment.' },
      { file: page, from: 'who approved which issue and when, what was decided', to: 'what was decided' },
      { file: page, from: ' Approvers are kept by the\nid and e-mail address that Kiket gives.', to: '' },
      { file: workflow, from: 'It asks for approvals where the status', to: 'Its guards ask more where the status' },
      { file: workflow, from: ' that somebody else has approved', to: '' },
      {
        file: 'README.md',
        from: '- An approval that was acknowledged survives `kill -9`, and one person counts once.\n',
        to: '',
      },
      { file: 'README.md', from: 'An approval that one has taken counts at the other. Send', to: 'Send' },
      { file: 'README.md', from: 'from nothing to an approved transition', to: 'from nothing to a decided transition' },
      {
        file: 'docs/getting-started.md',
        from: 'From nothing to an approved transition.',
        to: 'From nothing to a decided transition.',
      },
      { file: 'docs/contract.md', from: 'replay/approve_transition.json', to: 'replay/explain_transition.json' },
      {
        file: 'docs/promises.md',
        from: '\n\\* On SQLite that takes a disk that lasts: a container without a volume loses its file. PostgreSQL is for everything else.\n',
        to: '',
      },
    ],
  },
  shared: {
    rows: [],
    replacements: [
      {
        file: page,
        from: '- A comment on a new issue that says what it will need, if it will need anything.\n',
        to: '',
      },
    ],
  },
  none: {
    rows: [],
    replacements: [
      {
        file: page,
        from: ' Whoever moves it is told at once what is missing, in\nplain words, and what to do about it.',
        to: '',
      },
      {
        file: page,
        from: '| Required fields | the fields that you name',
        to: '| First guard | nothing yet: it allows every move | |\n| Required fields | the fields that you name',
      },
    ],
  },
};
