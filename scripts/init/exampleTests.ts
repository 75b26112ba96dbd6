import type { Example } from './examples.ts';

/** Titles of tests by the example that they need; `shared` is what goes with the last of several, `*` the whole file. */
type Needs = Readonly<Partial<Record<Example | 'shared', readonly string[]>>>;

/** The tests that are about examples, and what only they use, by file. What needs two of them goes with either. */
export const exampleTests: Readonly<Record<string, Needs>> = {
  'test/browser/sandbox_anew_test.ts': { fields: ['*'], approvals: ['*'] },
  'test/browser/sandbox_cards_test.ts': { fields: ['*'], approvals: ['*'] },
  'test/browser/sandbox_deliveries_test.ts': { fields: ['*'], approvals: ['*'] },
  'test/browser/sandbox_faults_test.ts': { fields: ['*'], approvals: ['*'] },
  'test/browser/sandbox_guards_test.ts': { fields: ['*'], freeze: ['*'], checks: ['*'], approvals: ['*'] },
  'test/browser/sandbox_keyboard_test.ts': { fields: ['*'], approvals: ['*'] },
  'test/browser/sandbox_live_test.ts': { shared: ['*'] },
  'test/browser/sandbox_local_test.ts': {
    fields: ['all that the page does works without any other network'],
    approvals: ['all that the page does works without any other network'],
  },
  'test/browser/sandbox_looks_test.ts': { fields: ['*'], approvals: ['*'] },
  'test/browser/sandbox_outages_test.ts': {
    fields: ['a page that is opened before the guardian is there says so, and goes on when it is'],
    approvals: ['what the guards said earlier does not replace what they say now, whichever comes first'],
  },
  'test/browser/sandbox_page_test.ts': { fields: ['*'], approvals: ['*'] },
  'test/browser/sandbox_picture_test.ts': { fields: ['*'], approvals: ['*'] },
  'test/browser/sandbox_races_test.ts': { fields: ['*'] },
  'test/browser/sandbox_story_test.ts': { fields: ['*'], approvals: ['*'] },
  'test/component/approvals_test.ts': { approvals: ['*'] },
  'test/property/approvals_test.ts': { approvals: ['*'] },
  'test/component/answers_test.ts': { shared: ['the answer of %s is exactly what its exported schema says'] },
  'test/component/checks_test.ts': { checks: ['*'] },
  'test/component/endpoints_test.ts': {
    approvals: [
      'tells everything that Kiket and its SDKs look for',
      'counts deliveries, decisions, redeliveries and time',
      'has one line for a delivery, with who, what and how long, and nothing secret',
    ],
  },
  'test/component/guards_test.ts': {
    fields: ['into a protected status is denied with every reason at once', 'a required field that Kiket did not send'],
    freeze: ['into a protected status is denied with every reason at once'],
    approvals: [
      'into a protected status is denied with every reason at once',
      'a move about which every guard abstains',
      'waits until somebody else approves, and needs new approvals next time',
      'is not helped by an approval in %s',
      'finds an approval by the key when the approval names no id, and by the id when it names no key',
      'is decided anew and recorded once',
      'an approval',
      'an approval that cannot be told from another one says so',
    ],
  },
  'test/component/handlers_test.ts': {
    fields: [
      'explains what would block each protected status, without leaving a trace in the report',
      'is told under any name of the event',
    ],
    checks: [
      "that breaks does not spill the delivery's secrets into the log",
      "gets an installation's own secret before the default from the environment",
    ],
    approvals: [
      'that does not exist is an error that names those that do',
      'takes the approver from the context that Kiket fills, and from nowhere else',
      'explains what would block each protected status, without leaving a trace in the report',
      'is told under any name of the event',
      'an approval whose answer was lost with the process is not given again after a move has used it',
    ],
  },
  'test/component/hostile_test.ts': {
    approvals: [
      '%s gets its documented answer',
      'with a key twice means what JSON.parse makes of it: the last',
      'with a key %s changes nothing but itself',
      'in chunks is read like any other, up to the same limit',
      'with many headers is answered, and with too many refused',
      'without Host, with an unknown Expect or with an Upgrade is a request',
      'to %s is one to /webhook',
    ],
  },
  'test/component/listeners_test.ts': {
    fields: [
      'a comment says what it will need',
      'a field that was not sent is asked for, and green checks are needed too where they are asked',
      'the decisions on the way to a move',
    ],
    checks: [
      'a field that was not sent is asked for, and green checks are needed too where they are asked',
      'that allowed without being able to decide are told in the row of the move',
    ],
    approvals: [
      'the decisions on the way to a move',
      'Kiket gets a row and a comment that say who approved',
      'a Kiket that is down is asked to deliver again, and what was done is not done twice',
      'a comment says what it will need',
      'a field that was not sent is asked for, and green checks are needed too where they are asked',
    ],
    shared: ['when an issue is created'],
  },
  'test/slow/outages_test.ts': { approvals: ['*'] },
  'test/component/sandbox_api_test.ts': {
    approvals: [
      'the extension > has its actions triggered, and its answer passed on',
      'the extension > triggers its actions itself as nobody, and as nobody else',
      'the extension > that says nothing to an action is a bad gateway',
    ],
  },
  'test/component/sandbox_callbacks_test.ts': {
    fields: ['a new issue gets a comment that says what it will need'],
    approvals: ['*'],
  },
  'test/component/sandbox_control_test.ts': {
    approvals: ['shows everything that a board needs', 'does all that the library does'],
  },
  'test/component/sandbox_deliveries_test.ts': {
    fields: ['an edited delivery is one of its own, with a token that is valid'],
    approvals: [
      'has the same id, and takes effect once',
      'an edited delivery is one of its own, with a token that is valid',
      'what is signed for other tools is taken by the guardian',
    ],
  },
  'test/component/sandbox_faults_test.ts': { approvals: ['whose answer is lost twice (%s) take effect once'] },
  'test/component/sandbox_guards_test.ts': {
    fields: ['is asked as an action that nobody lists and no fault strikes'],
    freeze: ['is asked as an action that nobody lists and no fault strikes'],
    checks: ['is asked as an action that nobody lists and no fault strikes'],
    approvals: ['*'],
  },
  'test/component/sandbox_recording_test.ts': { fields: ['*'], approvals: ['*'] },
  'test/component/sandbox_story_test.ts': { fields: ['*'], approvals: ['*'] },
  'test/component/telemetry_test.ts': {
    fields: [
      "is told to Kiket with the delivery's token, its decision and nothing about people",
      'is answered before anybody hears of it',
      'is told what Kiket is told, also where sending is turned off',
    ],
    approvals: [
      "is told to Kiket with the delivery's token, its decision and nothing about people",
      'is answered before anybody hears of it',
      'is told what Kiket is told, also where sending is turned off',
    ],
    shared: ['nothing is told > %s', 'nothing is told > of a redelivery, which ran nothing'],
  },
  'test/component/sandbox_transitions_test.ts': {
    fields: ['goes from a refusal over an approval to the move, and the guardian is told of it'],
    checks: ['is what the delivery contract says, and is signed'],
    approvals: [
      'the approval story',
      'a waiting move > moves when an action succeeds and the guard then allows',
      'is made by the one who asked for it, whoever approved',
      'is cancelled when the guard then denies',
      'stays where it is when the action %s',
      'of another issue is left alone',
      'is made once when two approve at once, and both approvals are answered',
      'is not made when the story begins anew meanwhile, and what the action answered stands',
      'of an action is what the guide says, with the same blocks',
      'of an action that is %s is not made',
    ],
  },
  'test/contract/hosting_test.ts': { approvals: ['gives the memory that the guardian promises to fit into'] },
  'test/contract/replay_test.ts': {
    fields: ['cover every decision'],
    approvals: ['cover every decision'],
    shared: ['have the shape that the kiket CLI sends for its template %s'],
  },
  'test/contract/sandbox_guide_test.ts': {
    fields: ['*'],
    approvals: ['*'],
  },
  'test/slow/crashes_test.ts': { approvals: ['*'] },
  'test/e2e/hosting_test.ts': { checks: ['tells which hosts of .env and of the environment egress lacks'] },
  'test/slow/instances_test.ts': {
    approvals: [
      'run an action once, however many copies of its delivery come in at once',
      'count what was approved on either, and report each decision once',
    ],
  },
  'test/slow/lambda_test.ts': {
    fields: ['denies, waits, counts approvals and allows'],
    approvals: [
      'denies, waits, counts approvals and allows',
      'runs an action once, whichever of two instances gets its delivery again',
      'keeps one store for all of its requests, and forgets what is too old',
      'answers by policy before the time of the function is over',
    ],
  },
  'test/e2e/replay_test.ts': {
    fields: ['shows what differs and fails'],
    freeze: ['passes against a running server, and does so again'],
    approvals: ['shows what differs and fails'],
  },
  'test/e2e/sandbox_test.ts': {
    fields: [
      'tells how an issue gets done',
      'fails if it goes another way',
      'starts everything for itself, and the next one finds what it did',
    ],
    approvals: [
      'tells how an issue gets done',
      'fails if it goes another way',
      'starts everything for itself, and the next one finds what it did',
      'a running sandbox > is what commands talk to',
    ],
  },
  'test/slow/server_test.ts': {
    freeze: ['refuses to start in production without a secret, and says what to set'],
    approvals: [
      'decides, and remembers approvals when it is started again',
      'finishes the action that is in hand when it is told to stop, and then stops',
    ],
  },
  'test/slow/vercel_test.ts': {
    fields: ['denies, waits, counts approvals in every instance, and allows'],
    approvals: ['denies, waits, counts approvals in every instance, and allows'],
  },
  'test/slow/dbt_test.ts': {
    fields: ['the rows that the guardian writes, inserted as they arrive, become what happened'],
    approvals: ['the rows that the guardian writes, inserted as they arrive, become what happened'],
  },
  'test/soak/crashes_test.ts': { approvals: ['*'] },
  'test/soak/load_test.ts': { approvals: ['*'] },
  'test/soak/slowStores_test.ts': { approvals: ['*'] },
  'test/support/crashes.ts': { approvals: ['*'] },
  'test/support/outages.ts': { approvals: ['*'] },
  'test/support/sandboxViews.ts': { fields: ['*'], approvals: ['*'] },
  'test/unit/actions_test.ts': { approvals: ['approving', 'taking back an approval'] },
  'test/unit/guards_test.ts': {
    fields: ['a protected status', 'requireFields'],
    freeze: ['a protected status', 'changeFreeze'],
    approvals: [
      'a protected status',
      'counting approvals',
      'thousands of approvals are counted as fast as they are read',
      'requireApprovals',
    ],
  },
  'test/unit/hosting_test.ts': {
    checks: ['settings and their defaults name hosts; Kiket and this machine count for none'],
  },
  'test/unit/listeners_test.ts': {
    fields: ['the log says what it will need'],
    approvals: ['the log says what it will need'],
    shared: ['when an issue is created'],
  },
  'test/unit/settings_test.ts': {
    freeze: [
      'may not name %s as a freeze',
      'are told about each freeze that is wrong',
      'a freeze may be %s',
      'a freeze may not be %s',
    ],
    checks: [
      'may say that checks are asked at %s',
      'may not say that checks are asked at a URL that is %s',
      'hold no secret of the manifest',
    ],
    approvals: ['are told about everything that is wrong at once'],
  },
};
