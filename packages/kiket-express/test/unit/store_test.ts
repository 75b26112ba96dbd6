import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import Libsql from 'libsql';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { kiketTimeoutMs } from '../../src/deadline.ts';
import type { IssueReference } from '../../src/delivery.ts';
import { DeliveryError, SetupError } from '../../src/errors.ts';
import { createStep } from '../../src/extension/once.ts';
import type { RecorderEvents } from '../../src/store/decisions.ts';
import { leaseMs } from '../../src/store/deliveries.ts';
import { openStore, type StoreOptions } from '../../src/store/open.ts';
import type { Approval, RecordedDecision, Store } from '../../src/store/store.ts';
import { defer } from '../support/defer.ts';
import { temporaryFolder } from '../support/folders.ts';
import { createPostgresDatabase } from '../support/postgres.ts';

/** A database that outlives its stores. */
interface TestDatabase {
  /** As `DATABASE_URL` says it. */
  url: string;
  /** Runs SQL over a connection of its own. */
  run: (statement: string) => void | Promise<void>;
}

/** One way to keep a store. All of them pass the same tests. */
interface Backend {
  name: string;
  /** An empty store that nobody closes: the tests of this file may share it. */
  openFresh: (events?: Partial<RecorderEvents>) => Promise<Store>;
  /** An empty database, with its tables, for several stores and for those that are closed. */
  emptyDatabase: () => TestDatabase | Promise<TestDatabase>;
  /** A database without tables, which nobody else has: for tests that change tables. */
  createDatabase: () => TestDatabase | Promise<TestDatabase>;
}

const createSqlite = (): TestDatabase => {
  const path = join(temporaryFolder(), 'guardian.db');
  return {
    url: `file:${path}`,
    run: (statement) => {
      const connection = new Libsql(path);
      connection.exec(statement);
      connection.close();
    },
  };
};

/** The one PostgreSQL database of this file, and its one store. */
let shared: TestDatabase & { store: Store };
let sharedEvents: Partial<RecorderEvents> = {};

beforeAll(async () => {
  const database = await createPostgresDatabase();
  const store = await openStore(database.url, {
    onRepeat: () => sharedEvents.onRepeat?.(),
    onTrouble: (...trouble) => sharedEvents.onTrouble?.(...trouble),
  });
  shared = { ...database, store };
});
afterAll(() => shared.store.close());

/** Empties every table of the shared database, also of what a test before this one is still writing. */
async function emptyShared(): Promise<TestDatabase> {
  sharedEvents = {};
  await shared.store.settle();
  const tables = ['aliases', 'people', 'approvals', 'decisions', 'deliveries', 'delivery_keys', 'steps', 'probes'];
  await shared.run(tables.map((table) => `delete from ${table}`).join(';'));
  return shared;
}

const backends: Backend[] = [
  {
    name: 'SQLite',
    openFresh: (events) => open('file::memory:', events),
    emptyDatabase: createSqlite,
    createDatabase: createSqlite,
  },
  {
    name: 'PostgreSQL',
    openFresh: async (events = {}) => {
      const { store } = shared;
      await emptyShared();
      sharedEvents = events;
      return store;
    },
    emptyDatabase: emptyShared,
    createDatabase: createPostgresDatabase,
  },
];

async function open(url: string, events: Partial<RecorderEvents> = {}, options: StoreOptions = {}): Promise<Store> {
  const store = await openStore(url, { onRepeat: () => {}, onTrouble: () => {}, ...events }, options);
  onTestFinished(() => store.close());
  return store;
}

/** Lets several stores take turns. */
function turn(stores: readonly Store[], index: number): Store {
  const store = stores[index % stores.length];
  if (store === undefined) throw new RangeError('There are no stores.');
  return store;
}

const noon = new Date('2026-03-02T12:00:00Z');
const hour = 3_600_000;
const after = (milliseconds: number) => new Date(noon.getTime() + milliseconds);

const mira = ['id:19', 'email:mira@example.com'];
const noor = ['id:23', 'email:noor@example.com'];
const order: IssueReference = { organization: '3', projectId: '7', projectKey: 'ORD', id: '42', key: 'ORD-42' };
/** What migrations have added to the table of approvals. */
const addedToApprovals = ['bound_to', 'bound_at', 'untold', 'fields', 'overridden_by', 'reason'];
const anyId = expect.any(String) as string;
const idsOf = (rows: readonly { id: string }[]) => rows.map(({ id }) => id);
const idOnly = { projectKey: undefined, key: undefined };
const keyOnly = { projectId: undefined, id: undefined };
const noProject = { projectId: undefined, projectKey: undefined };
const decision: RecordedDecision = {
  issue: order,
  event: 'workflow.before_transition',
  keys: [],
  status: 'deny',
  failure: undefined,
  reasons: [],
  from: 'review',
  to: 'done',
  decidedAt: noon,
};

describe.each(backends)('the store over $name', ({ openFresh, emptyDatabase, createDatabase }) => {
  describe('approvals', () => {
    test('are listed with who gave them and when, oldest first', async () => {
      const { approvals } = await openFresh();
      for (const seconds of [3, 1, 5, 2, 4]) {
        // oxlint-disable-next-line no-await-in-loop -- in this order
        await approvals.give(order, [`id:${seconds}`], after(seconds * 1000));
      }
      const listed = await approvals.give(order, ['id:0'], noon);
      expect(listed).toEqual(
        [0, 1, 2, 3, 4, 5].map((seconds) => ({
          id: anyId,
          approver: [`id:${seconds}`],
          givenAt: after(seconds * 1000),
          boundTo: undefined,
        })),
      );
      expect(await approvals.list(order)).toEqual(listed);
    });

    test.each<[string, string[], Partial<IssueReference>]>([
      ['named by one of them', ['email:mira@example.com'], {}],
      ['named by one of them and another one', ['id:19', 'email:mira@other.example'], {}],
      ["first only by the issue's id", mira, idOnly],
    ])('count once when one person gives two, %s', async (_how, approver, named) => {
      const { approvals } = await openFresh();
      await approvals.give({ ...order, ...named }, mira, noon);
      expect(await approvals.give(order, approver, after(1000))).toHaveLength(1);
      expect(await approvals.list(order)).toHaveLength(1);
    });

    test('count once when one person gives two at the same time', async () => {
      const { url } = await emptyDatabase();
      const stores = [await open(url), await open(url)];
      // With several connections each that are open already, so that neither gift of a pair is ahead of the other.
      await Promise.all(stores.flatMap((store) => Array.from({ length: 10 }, () => store.ping(noon))));
      const people = Array.from({ length: 20 }, (_each, index) => `id:${index}`);
      await Promise.all(
        people.flatMap((person) => stores.map(({ approvals }) => approvals.give(order, [person], noon))),
      );
      for (const { approvals } of stores) {
        const approvers = (await approvals.list(order)).flatMap(({ approver }) => approver);
        expect(approvers.toSorted()).toEqual(people.toSorted());
      }
    });

    test.each<[string, Partial<IssueReference>, Partial<IssueReference>, boolean]>([
      ['are found by all names at once', {}, {}, true],
      ['are found by keys', {}, keyOnly, true],
      ['are found by the issue id in the project key', {}, { projectId: undefined, key: undefined }, true],
      ['are found by the issue key in the project id', {}, { projectKey: undefined, id: undefined }, true],
      ['given by ids are found by all names', idOnly, {}, true],
      ['given by ids are not found by keys', idOnly, keyOnly, false],
      ['given by keys are not found by ids', keyOnly, idOnly, false],
      ['of a known project id are not found by only a project key', { projectKey: undefined }, keyOnly, false],
      ['of another issue are not found', {}, { id: '43', key: 'ORD-43' }, false],
      ['are not found by an id that is the key of another', idOnly, { id: 'ORD-42', key: '42' }, false],
      ['are not found without id and key', {}, { id: undefined, key: undefined }, false],
      ['of another organization are not found', {}, { organization: '4' }, false],
      ['of an unknown organization are found there', { organization: 'unknown' }, { organization: 'unknown' }, true],
      ['of a known organization are not found in an unknown one', {}, { organization: 'unknown' }, false],
      ['of another project id are not found, though the key agrees', {}, { projectId: '8' }, false],
      ['of the project are found by its id, whatever its key', {}, { projectKey: 'WEB' }, true],
      ['without a project are found without one', noProject, noProject, true],
      ['without a project are not found in one', noProject, {}, false],
      ['of a project are not found without one', {}, noProject, false],
    ])('%s: to list, to revoke and to use, and so are decisions', async (_what, given, asked, isFound) => {
      const { approvals, decisions } = await openFresh();
      const count = isFound ? 1 : 0;
      decisions.record({ ...decision, issue: { ...order, ...given } });
      await decisions.count(order, noon);
      await approvals.give({ ...order, ...given }, mira, noon);
      expect(await approvals.list({ ...order, ...asked })).toHaveLength(count);
      expect(await approvals.revoke({ ...order, ...asked }, mira, noon)).toBe(count);
      await approvals.give({ ...order, ...given }, mira, noon);
      expect(await approvals.use({ ...order, ...asked }, { givenUntil: noon, now: noon })).toHaveLength(count);
      expect(await decisions.use({ ...order, ...asked }, noon, noon)).toHaveLength(count);
    });

    test.each<[string, string[][], Partial<IssueReference>[]]>([
      ['who turns out to be one person', [['id:19'], ['email:mira@example.com']], []],
      ['on what turns out to be one issue', [mira, mira], [keyOnly, idOnly]],
    ])(
      'let moves to one status through and are all revoked when somebody gave several, %s',
      async (_who, all, named) => {
        const { approvals, names } = await openFresh();
        for (const [index, approver] of all.entries()) {
          // oxlint-disable-next-line no-await-in-loop -- in this order
          await approvals.give({ ...order, ...named[index] }, approver, after(index));
        }
        await names.learn(order, mira, noon);
        expect(await approvals.bind(await approvals.list(order), 'done', noon)).toBe(true);
        expect(await approvals.list(order)).toMatchObject([{ boundTo: 'done' }]);
        expect(await approvals.revoke(order, mira, after(1000))).toBe(all.length);
        expect(await approvals.list(order)).toEqual([]);
      },
    );

    test('are used once, cannot be revoked then, and can be given again', async () => {
      const { approvals } = await openFresh();
      await approvals.give(order, mira, noon);
      expect(await approvals.use(order, { givenUntil: noon, now: after(1000) })).toHaveLength(1);
      expect(await approvals.use(order, { givenUntil: noon, now: after(2000) })).toHaveLength(0);
      expect(await approvals.revoke(order, mira, after(3000))).toBe(0);
      expect(await approvals.give(order, mira, after(4000))).toMatchObject([{ approver: mira, givenAt: after(4000) }]);
    });

    test('are bound to the first status that they let a move to, as long as they are open', async () => {
      const { approvals } = await openFresh();
      await approvals.give(order, mira, noon);
      const both = await approvals.give(order, noor, noon);
      const one = both.slice(0, 1);
      expect(await approvals.bind(one, 'done', noon)).toBe(true);
      expect(await approvals.bind(one, 'done', after(1))).toBe(true);
      expect(await approvals.bind(one, 'released', noon)).toBe(false);
      expect(await approvals.bind(both.toReversed(), 'released', noon)).toBe(false);
      expect((await approvals.list(order)).map(({ boundTo }) => boundTo)).toEqual(['done', undefined]);
      expect(await approvals.bind(both, 'done', noon)).toBe(true);
      expect((await approvals.list(order)).map(({ boundTo }) => boundTo)).toEqual(['done', 'done']);
      await approvals.revoke(order, mira, noon);
      expect(await approvals.bind(both, 'done', noon)).toBe(false);
      await approvals.use(order, { givenUntil: noon, now: noon });
      expect(await approvals.bind(both.slice(1), 'done', noon)).toBe(false);
    });

    test('are bound all or none, so that of two moves that need both one has them', async () => {
      const { url } = await createDatabase();
      const stores = await Promise.all([open(url), open(url)]);
      for (let round = 0; round < 8; round += 1) {
        const issue = { ...order, id: String(round), key: undefined };
        await turn(stores, 0).approvals.give(issue, mira, noon);
        const given = await turn(stores, 0).approvals.give(issue, noor, noon);
        const bound = await Promise.all(
          [given, given.toReversed()].map((both, index) =>
            turn(stores, index).approvals.bind(both, ['done', 'released'][index] ?? '', noon),
          ),
        );
        expect(bound.filter(Boolean)).toHaveLength(1);
        const to = bound[0] ? 'done' : 'released';
        const listed = await turn(stores, 0).approvals.list(issue);
        expect(listed.map(({ boundTo }) => boundTo)).toEqual([to, to]);
      }
    });

    test('that have let a move through are used whenever they were given, the others by time', async () => {
      const { approvals } = await openFresh();
      await approvals.bind(await approvals.give(order, mira, after(1)), 'done', after(1));
      await approvals.give(order, noor, after(1));
      await approvals.give(order, ['id:29'], noon);
      const used = await approvals.use(order, { givenUntil: noon, now: after(5000) });
      expect(used.map(({ approver }) => approver)).toEqual([['id:29'], mira]);
      expect(await approvals.list(order)).toMatchObject([{ approver: noor }]);
    });

    test.each([
      ['into that status', { from: undefined, to: 'in review' }, 0, true],
      ['into another one', { from: 'review', to: 'done' }, 0, false],
      ['into another one, out of what may be it', { from: undefined, to: 'done' }, 0, true],
      ['into another one before they were given', { from: undefined, to: 'done' }, -1, false],
      ['out of it', { from: 'IN_REVIEW', to: 'backlog' }, 0, true],
      ['out of it before they were given', { from: 'In Review', to: 'backlog' }, -1, false],
    ])('that have let a move to a status through, and no other, are used by a move %s', async (...row) => {
      const [, onlyBound, leftAt, isUsed] = row;
      const { approvals } = await openFresh();
      await approvals.bind(await approvals.give(order, mira, noon), 'In Review', noon);
      await approvals.give(order, noor, noon);
      const givenUntil = new Date(noon.getTime() + leftAt);
      const used = await approvals.use(order, { givenUntil, now: noon, isReported: false, onlyBound });
      expect(used).toMatchObject(isUsed ? [{ approver: mira }] : []);
      expect(await approvals.list(order)).toMatchObject(isUsed ? [{ approver: noor }] : [{}, {}]);
    });

    test('that have let a move through are used by what may be it, and by nothing that certainly is not', async () => {
      const { approvals } = await openFresh();
      const unlinked = { ...order, ...keyOnly };
      for (const elsewhere of [
        { ...order, id: '43', key: 'ORD-43' },
        { ...order, ...keyOnly, key: 'ORD-43' },
        { ...order, ...idOnly, projectId: '8' },
        { ...order, ...idOnly, organization: '4' },
        { ...order, ...idOnly },
      ]) {
        await approvals.bind(await approvals.give(unlinked, mira, noon), 'done', noon);
        expect(await approvals.use(elsewhere, { givenUntil: noon, now: noon })).toEqual([]);
        const isMaybe = elsewhere.id === '42' && elsewhere.organization === '3' && elsewhere.projectId === '7';
        expect(await approvals.list(unlinked)).toHaveLength(isMaybe ? 0 : 1);
      }
    });

    test('that have let a move through are used by a key that means another issue elsewhere, where elsewhere may be here', async () => {
      const { approvals } = await openFresh();
      await approvals.bind(await approvals.give(order, mira, noon), 'done', noon);
      const nameless = { ...order, organization: 'unknown' };
      await approvals.list({ ...nameless, id: '99' }, noon);
      await approvals.use({ ...nameless, id: '99' }, { givenUntil: noon, now: noon });
      expect(await approvals.list(order)).toHaveLength(1);
      await approvals.use({ ...nameless, ...keyOnly }, { givenUntil: noon, now: noon });
      expect(await approvals.list(order)).toEqual([]);
    });

    test('that are used without a report are reported at the next use', async () => {
      const { approvals } = await openFresh();
      const given = await approvals.give(order, mira, noon);
      await approvals.use(order, { givenUntil: noon, now: noon, isReported: false });
      expect(await approvals.use(order, { givenUntil: noon, now: noon })).toEqual(given);
      expect(await approvals.use(order, { givenUntil: noon, now: noon })).toEqual([]);
    });
  });

  describe('decisions', () => {
    const project = { organization: '3', projectId: '7', projectKey: 'ORD' };

    test('are counted by status, from a time on', async () => {
      const { decisions } = await openFresh();
      for (const decidedAt of [after(-1), noon, after(1)]) {
        for (const status of ['allow', 'pending', 'pending', 'deny', 'deny', 'deny'] as const) {
          decisions.record({ ...decision, status, decidedAt });
        }
      }
      expect(await decisions.count(project, noon)).toEqual({ allow: 2, pending: 4, deny: 6 });
    });

    test.each<[string, Partial<IssueReference>, Partial<IssueReference>, boolean]>([
      ['are counted by project id', {}, { projectKey: undefined }, true],
      ['are not counted if only the project key agrees', {}, { projectId: '8' }, false],
      ['without a project are not counted in one', noProject, {}, false],
    ])('%s', async (_what, recorded, asked, isCounted) => {
      const { decisions } = await openFresh();
      decisions.record({ ...decision, issue: { ...order, ...recorded } });
      const counted = await decisions.count({ ...project, ...asked }, noon);
      expect(counted).toEqual({ allow: 0, pending: 0, deny: isCounted ? 1 : 0 });
    });

    test('of a delivery that is repeated much later are recorded once, and the repeat is reported', async () => {
      const onRepeat = vi.fn<() => void>();
      const { decisions } = await openFresh({ onRepeat });
      decisions.record({ ...decision, keys: ['id:1', 'body:a'] });
      decisions.record({ ...decision, keys: ['signed:b', 'body:a'], status: 'allow', decidedAt: after(10 * leaseMs) });
      expect(await decisions.count(project, noon)).toEqual({ allow: 0, pending: 0, deny: 1 });
      expect(onRepeat).toHaveBeenCalledTimes(1);
    });

    test.each<[string, Partial<RecordedDecision>]>([
      ['by another key', { keys: ['id:2'] }],
      ['in another organization', { issue: { ...order, organization: '4' } }],
    ])('are recorded again %s', async (_what, differences) => {
      const { decisions } = await openFresh();
      const second = { ...decision, keys: ['id:1'], status: 'allow' as const, ...differences };
      decisions.record({ ...decision, keys: ['id:1'] });
      decisions.record(second);
      expect(await decisions.count(second.issue, noon)).toMatchObject({ allow: 1 });
    });

    test('without keys are recorded every time', async () => {
      const onRepeat = vi.fn<() => void>();
      const { decisions } = await openFresh({ onRepeat });
      decisions.record(decision);
      decisions.record(decision);
      expect(await decisions.count(project, noon)).toEqual({ allow: 0, pending: 0, deny: 2 });
      expect(onRepeat).not.toHaveBeenCalled();
    });

    /** A store whose decisions cannot be written until `mend` is called, and what it reports. */
    async function openWithoutDecisions() {
      const { url, run } = await createDatabase();
      const onTrouble = vi.fn<RecorderEvents['onTrouble']>();
      const store = await open(url, { onTrouble });
      await run('alter table decisions rename to decisions_away');
      return {
        store,
        decisions: store.decisions,
        url,
        onTrouble,
        mend: () => run('alter table decisions_away rename to decisions'),
      };
    }

    test('are kept while they cannot be written, and written once, as soon as they can', async () => {
      const { decisions, onTrouble, mend } = await openWithoutDecisions();
      decisions.record(decision);
      decisions.record({ ...decision, status: 'pending', keys: ['id:1'] });
      await expect(decisions.count(project, noon)).rejects.toThrow(new DeliveryError('store_unavailable'));
      expect(onTrouble).toHaveBeenCalledWith(expect.any(Error), 0);

      await mend();
      decisions.record({ ...decision, status: 'allow' });
      expect(await decisions.count(project, noon)).toEqual({ allow: 1, pending: 1, deny: 1 });
    });

    test('are tried again by themselves after a while, but not once the store is closed', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      onTestFinished(() => void vi.useRealTimers());
      const { decisions, url, onTrouble, mend } = await openWithoutDecisions();
      const closed = await openWithoutDecisions();
      decisions.record(decision);
      closed.decisions.record(decision);
      await vi.waitFor(() => expect(onTrouble).toHaveBeenCalled());
      await closed.store.close();
      const failures = closed.onTrouble.mock.calls.length;
      await mend();
      await vi.advanceTimersByTimeAsync(5_000);
      const other = await open(url);
      await vi.waitFor(async () => expect(await other.decisions.count(project, noon)).toMatchObject({ deny: 1 }));
      await vi.advanceTimersByTimeAsync(5_000);
      expect([failures > 0, closed.onTrouble.mock.calls.length]).toEqual([true, failures]);
    });

    test('that a database does not take hold up no others', async () => {
      const onTrouble = vi.fn<RecorderEvents['onTrouble']>();
      const { decisions } = await openFresh({ onTrouble });
      decisions.record({ ...decision, to: 'x\0y' });
      for (let index = 0; index < 5; index += 1) decisions.record({ ...decision, keys: [`id:${index}`] });
      const { deny } = await decisions.count(project, noon);
      // SQLite takes a NUL.
      expect([deny, onTrouble.mock.calls.length]).toEqual(deny === 6 ? [6, 0] : [5, 1]);
    });

    test('beyond ten thousand that wait are dropped, and their number is reported', async () => {
      const { decisions, onTrouble } = await openWithoutDecisions();
      for (let count = 0; count < 10_001; count += 1) decisions.record(decision);
      expect(onTrouble.mock.calls).toEqual([[undefined, 1]]);

      const counting = decisions.count(project, noon);
      for (let count = 0; count < 5; count += 1) decisions.record(decision);
      await expect(counting).rejects.toThrow(new DeliveryError('store_unavailable'));
      expect(onTrouble.mock.calls[1]).toEqual([expect.any(Error), 5]);
    });
  });

  describe('the history of a move', () => {
    const reasons = [{ guard: 'requireFields', status: 'deny' as const, message: 'Fill in "assignee_id".' }];

    /** Records decisions, and waits until they can be used. */
    async function record({ decisions }: Store, ...differences: Partial<RecordedDecision>[]): Promise<void> {
      for (const each of differences) decisions.record({ ...decision, ...each });
      await decisions.count(order, noon);
    }
    const timesOf = (history: readonly { decidedAt: Date }[]) => history.map(({ decidedAt }) => decidedAt);

    test('has what was decided about the issue, with every reason, oldest first', async () => {
      const store = await openFresh();
      await record(
        store,
        { status: 'allow', failure: 'guard_failed', from: undefined, decidedAt: after(2) },
        { reasons, decidedAt: noon },
        { status: 'pending', reasons: [{ guard: 'waits', status: 'pending' }], to: 'Done', decidedAt: after(1) },
      );
      const denied = {
        id: anyId,
        status: 'deny',
        failure: undefined,
        reasons,
        from: 'review',
        to: 'done',
        decidedAt: noon,
      };
      const waited = [{ guard: 'waits', status: 'pending' }];
      expect(await store.decisions.use(order, after(2), after(3))).toEqual([
        denied,
        { ...denied, status: 'pending', reasons: waited, to: 'Done', decidedAt: after(1) },
        { ...denied, status: 'allow', failure: 'guard_failed', reasons: [], from: undefined, decidedAt: after(2) },
      ]);
    });

    test('is used by one move, and still counted', async () => {
      const store = await openFresh();
      await record(store, {}, { decidedAt: after(5) });
      expect(timesOf(await store.decisions.use(order, after(4), after(10)))).toEqual([noon]);
      expect(timesOf(await store.decisions.use(order, after(5), after(10)))).toEqual([after(5)]);
      expect(await store.decisions.use(order, after(10), after(10))).toEqual([]);
      expect(await store.decisions.count(order, noon)).toMatchObject({ deny: 2 });
    });

    test('is found again by whatever repeats the delivery that used it', async () => {
      const store = await openFresh();
      await record(store, {});
      const during = (key: string) =>
        store.decisionsDuring({ organization: '3', event: 'workflow.after_transition', keys: [key] });
      const used = await during('id:1').use(order, noon, noon);
      expect(timesOf(used)).toEqual([noon]);
      expect(await during('id:1').use(order, noon, after(1))).toEqual(used);
      expect(await during('id:2').use(order, noon, noon)).toEqual([]);
    });

    test('is used by one of several moves that are reported at the same moment', async () => {
      const { url } = await emptyDatabase();
      const stores = await Promise.all([open(url), open(url)]);
      for (let round = 0; round < 8; round += 1) {
        await record(turn(stores, round), { decidedAt: after(round) });
        const used = await Promise.all(
          Array.from({ length: 6 }, (_each, index) => turn(stores, index).decisions.use(order, after(round), noon)),
        );
        expect(timesOf(used.flat())).toEqual([after(round)]);
      }
    });

    test('has the latest twenty decisions, and the next move has none of the others', async () => {
      const store = await openFresh();
      await record(store, ...Array.from({ length: 25 }, (_each, index) => ({ decidedAt: after(index) })));
      const used = await store.decisions.use(order, after(100), after(100));
      expect(timesOf(used)).toEqual(Array.from({ length: 20 }, (_each, index) => after(index + 5)));
      expect(await store.decisions.use(order, after(100), after(100))).toEqual([]);
    });

    test.each([
      ['a'.repeat(500), 'a'.repeat(500)],
      ['😀'.repeat(501), `${'😀'.repeat(499)}…`],
      // PostgreSQL has no JSON with these in it.
      ['a\0b\uD83Dc', 'a\uFFFDb\uFFFDc'],
      [undefined, undefined],
    ])('keeps at most 500 characters of a message, all of them whole (%#)', async (message, kept) => {
      const store = await openFresh();
      await record(store, { reasons: [{ guard: 'long', status: 'deny', message }] });
      const [past] = await store.decisions.use(order, noon, noon);
      expect(past?.reasons).toEqual([{ guard: 'long', status: 'deny', message: kept }]);
    });
  });

  describe('deliveries', () => {
    const delivery = { organization: '3', event: 'issue.created', keys: ['id:1', 'body:a'] };
    const newClaim = { state: 'claimed', id: expect.any(String) as string, owner: expect.any(String) as string };

    /** Claims what nobody holds. */
    async function claimed({ deliveries }: Store, now = noon, keys = delivery.keys) {
      const claim = await deliveries.claim({ ...delivery, keys }, now);
      if (claim.state !== 'claimed') throw new Error(`expected to claim ${keys.join()}, but it is ${claim.state}`);
      return claim;
    }

    test('are claimed by the first that asks, and in progress until its lease is over', async () => {
      const { deliveries } = await openFresh();
      expect(await deliveries.claim(delivery, noon)).toEqual(newClaim);
      expect(await deliveries.claim(delivery, noon)).toEqual({ state: 'in_progress' });
      expect(await deliveries.claim(delivery, after(leaseMs - 1))).toEqual({ state: 'in_progress' });
      expect(await deliveries.claim(delivery, after(leaseMs))).toEqual(newClaim);
    });

    test('have a lease that is longer than a run and shorter than the 30 seconds to the next delivery', () => {
      expect(leaseMs).toBeGreaterThan(kiketTimeoutMs);
      expect(leaseMs).toBeLessThan(30_000);
    });

    test('are done when they are completed, for good', async () => {
      const store = await openFresh();
      await store.deliveries.complete(await claimed(store), '{"answer":1}');
      const done = { state: 'done', answer: '{"answer":1}' };
      expect(await store.deliveries.claim(delivery, noon)).toEqual(done);
      expect(await store.deliveries.claim(delivery, after(10 * leaseMs))).toEqual(done);
    });

    test('are free when they are released, by every key', async () => {
      const store = await openFresh();
      await store.deliveries.release(await claimed(store));
      await claimed(store, noon, ['id:1', 'body:b']);
      expect(await store.deliveries.claim({ ...delivery, keys: ['body:a'] }, noon)).toEqual(newClaim);
    });

    test('that are claimed again have a new lease and another owner, and whoever lost it changes nothing', async () => {
      const store = await openFresh();
      const first = await claimed(store);
      const second = await claimed(store, after(leaseMs));
      expect([second.id === first.id, second.owner === first.owner]).toEqual([true, false]);
      await store.deliveries.complete(first, 'first');
      await store.deliveries.release(first);
      expect(await store.deliveries.claim(delivery, after(2 * leaseMs - 1))).toEqual({ state: 'in_progress' });
      await store.deliveries.complete(second, 'second');
      expect(await store.deliveries.claim(delivery, after(leaseMs))).toEqual({ state: 'done', answer: 'second' });
    });

    test('are completed and released one at a time', async () => {
      const store = await openFresh();
      await store.deliveries.complete(await claimed(store, noon, ['id:1']), 'first');
      const second = await claimed(store, noon, ['id:2']);
      await claimed(store, noon, ['id:3']);
      await store.deliveries.release(second);
      const states = await Promise.all(
        ['id:1', 'id:2', 'id:3'].map((key) => store.deliveries.claim({ ...delivery, keys: [key] }, noon)),
      );
      expect(states).toEqual([{ state: 'done', answer: 'first' }, newClaim, { state: 'in_progress' }]);
    });

    test.each([[['id:1']], [['body:a']], [['signed:new', 'body:a', 'delivery:new']]])(
      'are known again by any key: %j',
      async (keys) => {
        const store = await openFresh();
        await claimed(store);
        expect(await store.deliveries.claim({ ...delivery, keys }, noon)).toEqual({ state: 'in_progress' });
      },
    );

    test('do not take over keys that only a repeat brings, nor those of a second claim', async () => {
      const store = await openFresh();
      const forged = ['delivery:forged'];
      await claimed(store);
      await store.deliveries.claim({ ...delivery, keys: ['id:1', ...forged] }, noon);
      await store.deliveries.complete(await claimed(store, after(leaseMs), ['id:1', ...forged]), 'done');
      await store.deliveries.claim({ ...delivery, keys: ['id:1', ...forged] }, after(leaseMs));
      expect(await store.deliveries.claim({ ...delivery, keys: forged }, after(leaseMs))).toEqual(newClaim);
    });

    test('of which a repeat has keys of two are taken for the one that was seen first', async () => {
      const store = await openFresh();
      const second = await claimed(store, after(1000), ['id:1']);
      const first = await claimed(store, noon, ['id:2']);
      await store.deliveries.complete(second, 'second');
      await store.deliveries.complete(first, 'first');
      const both = { ...delivery, keys: ['id:1', 'id:2'] };
      expect(await store.deliveries.claim(both, after(2000))).toEqual({ state: 'done', answer: 'first' });
    });

    test.each([
      ['organization', { organization: '4' }],
      ['event', { event: 'workflow.after_transition' }],
    ])('of another %s are others, though they share every key', async (_what, differences) => {
      const store = await openFresh();
      await store.deliveries.complete(await claimed(store), 'done');
      expect(await store.deliveries.claim({ ...delivery, ...differences }, noon)).toEqual(newClaim);
    });
  });

  describe('approvals by rules', () => {
    test('are renewed when they are given again, perhaps for something else', async () => {
      const { approvals } = await openFresh();
      const fields = { title: 'a' };
      await approvals.give(order, mira, noon, { fields });
      const first = idsOf(await approvals.list(order));
      // In place of the first one, so that nobody can slow down everyone.
      const second = await approvals.give(order, mira, after(2), { fields });
      expect(second).toMatchObject([{ id: first[0], givenAt: after(2) }]);
      const third = await approvals.give(order, mira, after(3), { fields: { title: 'b' } });
      expect(third).toMatchObject([{ approver: mira, givenAt: after(3), fields: { title: 'b' } }]);
      // What the step stores of an earlier one.
      expect(third[0]).not.toHaveProperty('repeats');
      await approvals.give(order, ['id:19'], after(4), { fields });
      expect(await approvals.give(order, mira, after(5), { fields })).toMatchObject([{ fields, givenAt: after(5) }]);
      // It's kept for as long as a new one.
      const later = await approvals.give(order, mira, after(24 * hour + 3), { fields: { title: 'b' } });
      expect(later).toMatchObject([{ givenAt: after(24 * hour + 3) }]);
      expect(await approvals.use(order, { givenUntil: after(25 * hour), now: noon })).toHaveLength(1);
      expect(await approvals.list(order)).toEqual([]);
    });

    test('are dropped unless they are good, and those of other issues are not looked at', async () => {
      const { approvals, approvalsDuring } = await openFresh();
      const during = approvalsDuring({ organization: '3', event: 'issue.updated', keys: ['id:1'] });
      await approvals.give(order, mira, noon, { fields: { title: 'a' } });
      await approvals.give(order, noor, noon, { fields: { title: 'b' } });
      const other = { ...order, id: '43', key: 'ORD-43' };
      await approvals.give(other, mira, noon);
      expect(await during.drop(order, { fields: ['notes'], isGood: () => true }, after(1))).toEqual([]);
      const byTitle = { fields: ['title'], isGood: (each: Approval) => each.fields?.['title'] === 'b' };
      expect(await during.drop(order, byTitle, after(1))).toMatchObject([{ approver: mira }]);
      expect(await approvals.list(order)).toMatchObject([{ approver: noor }]);
      expect(await approvals.list(other)).toHaveLength(1);
    });
  });

  describe('overrides', () => {
    const given = { reason: 'The shop is down.', now: noon };
    const move = { to: 'done', now: noon, forMs: hour };

    test('are found by their issue, and are no approvals', async () => {
      const { approvals } = await openFresh();
      // PostgreSQL has no text with these two in it.
      expect(await approvals.override(order, mira, { ...given, reason: 'a\0b\uD83Dc' })).toBe(true);
      expect(await approvals.findOverride({ ...order, ...keyOnly }, move)).toMatchObject({
        approver: mira,
        reason: 'a\uFFFDb\uFFFDc',
      });
      expect(await approvals.findOverride({ ...order, id: '43', key: 'ORD-43' }, move)).toBeUndefined();
      expect([await approvals.list(order), await approvals.revoke(order, mira, noon)]).toEqual([[], 0]);
    });

    test.each([
      ['just before their time is over', after(hour - 1), noon, true],
      ['when their time is over', after(hour), noon, false],
      ['by a clock that has gone back', noon, after(hour), false],
    ])('are good: %s', async (_when, now, latest, isGood) => {
      const { approvals } = await openFresh();
      await approvals.override(order, mira, given);
      // What the latest delivery has left, whichever instance took it.
      await approvals.give({ ...order, id: '43', key: 'ORD-43' }, noor, latest);
      expect((await approvals.findOverride(order, { ...move, now })) !== undefined).toBe(isGood);
    });

    test('let one move through, which can be asked about again, and are counted and gone then', async () => {
      const { approvals } = await openFresh();
      await approvals.override(order, mira, given);
      const { id = '' } = (await approvals.findOverride(order, move)) ?? {};
      expect(await approvals.countOverrides(order, noon)).toBe(0);
      expect(await approvals.bind([{ id }], 'done', noon)).toBe(true);
      expect(await approvals.findOverride(order, move)).toMatchObject({ id, boundTo: 'done' });
      expect(await approvals.findOverride(order, { ...move, to: 'released' })).toBeUndefined();
      expect(await approvals.countOverrides(order, noon)).toBe(1);
      expect(await approvals.countOverrides({ ...order, projectId: '8', projectKey: 'WEB' }, noon)).toBe(0);
      expect(await approvals.use(order, { givenUntil: noon, now: noon })).toMatchObject([{ id, reason: given.reason }]);
      expect(await approvals.findOverride(order, move)).toBeUndefined();
    });

    test('of one person are one until it lets a move through, so that nobody can slow down everyone', async () => {
      const { approvals } = await openFresh();
      await approvals.override(order, mira, given);
      const { id = '' } = (await approvals.findOverride(order, move)) ?? {};
      await approvals.override(order, mira, { reason: 'It still is.', now: after(1) });
      expect(await approvals.findOverride(order, move)).toMatchObject({
        id,
        reason: 'It still is.',
        givenAt: after(1),
      });
      await approvals.bind([{ id }], 'done', after(1));
      await approvals.override(order, mira, { ...given, now: after(2) });
      await approvals.override(order, noor, { ...given, now: after(3) });
      expect(await approvals.use(order, { givenUntil: after(3), now: after(3) })).toHaveLength(3);
    });

    test('of an issue that could be either of two are none', async () => {
      const { approvals } = await openFresh();
      await approvals.list(order, noon);
      await approvals.override(order, mira, given);
      await approvals.list({ ...order, id: '43' }, noon);
      expect(await approvals.override({ ...order, ...keyOnly }, mira, given)).toBe(false);
      expect(await approvals.findOverride({ ...order, ...keyOnly }, move)).toBeUndefined();
    });

    test('are given once in a delivery', async () => {
      const { approvals, approvalsDuring } = await openFresh();
      const during = approvalsDuring({ organization: '3', event: 'action:override', keys: ['id:1'] });
      await during.override(order, mira, given);
      await approvals.use(order, { givenUntil: noon, now: noon });
      expect(await during.override(order, mira, given)).toBe(true);
      expect(await approvals.findOverride(order, move)).toBeUndefined();
    });
  });

  describe('approvals during a delivery', () => {
    const pressed = { organization: '3', event: 'action:approve_transition', keys: ['delivery:dlv_1', 'body:abc'] };

    test('are given once, also when they have been used since', async () => {
      const { approvals, approvalsDuring } = await openFresh();
      const first = await approvalsDuring(pressed).give(order, mira, noon);
      await approvals.use(order, { givenUntil: noon, now: noon });
      const again = { ...pressed, keys: ['delivery:another', 'body:abc'] };
      expect(await approvalsDuring(again).give(order, mira, after(1000))).toEqual(first);
      expect(await approvals.list(order)).toEqual([]);
      const other = { ...pressed, keys: ['delivery:dlv_2'] };
      expect(await approvalsDuring(other).give(order, mira, after(2000))).toHaveLength(1);
    });

    test('are revoked and used once, and what came of it is known again', async () => {
      const { approvals, approvalsDuring } = await openFresh();
      const during = approvalsDuring(pressed);
      await approvals.give(order, mira, noon);
      expect([await during.revoke(order, mira, noon), await during.revoke(order, mira, noon)]).toEqual([1, 1]);
      const given = await approvals.give(order, noor, noon);
      expect([
        await during.use(order, { givenUntil: noon, now: noon }),
        await during.use(order, { givenUntil: noon, now: noon }),
      ]).toEqual([given, given]);
    });

    test('of several people and issues are all given', async () => {
      const { approvals, approvalsDuring } = await openFresh();
      const during = approvalsDuring(pressed);
      await during.give(order, mira, noon);
      await during.give(order, noor, noon);
      await during.give({ ...order, id: '43', key: 'ORD-43' }, mira, noon);
      expect([await approvals.list(order), await approvals.list({ ...order, id: '43', key: 'ORD-43' })]).toMatchObject([
        [{}, {}],
        [{}],
      ]);
    });

    test('are given once by two runs at the same moment', async () => {
      const { url } = await emptyDatabase();
      const stores = await Promise.all([open(url), open(url), open(url)]);
      const give = (store: Store) => store.approvalsDuring(pressed).give(order, mira, noon);
      const [first, ...others] = await Promise.all([...stores, ...stores].map(give));
      for (const other of others) expect(other).toEqual(first);
    });

    test('of a delivery by which nothing can be recognised are given every time', async () => {
      const { approvals, approvalsDuring } = await openFresh();
      const during = approvalsDuring({ ...pressed, keys: [] });
      await during.give(order, mira, noon);
      await approvals.use(order, { givenUntil: noon, now: noon });
      expect(await during.give(order, mira, after(1000))).toHaveLength(1);
    });
  });

  describe('names', () => {
    const byId = { ...order, ...idOnly };
    const byKey = { ...order, ...keyOnly };

    test.each<[string, IssueReference, IssueReference, Partial<IssueReference>]>([
      ['an id and a key', byKey, byId, {}],
      ['a project', { ...byId, projectId: undefined, projectKey: 'ORD' }, byId, { id: '1', key: undefined }],
      [
        'an organization',
        { ...byId, organization: 'subdomain:acme' },
        byId,
        { id: '1', key: undefined, subdomain: 'subdomain:acme' },
      ],
    ])('of %s belong together once one body has both', async (_what, one, other, both) => {
      const { approvals } = await openFresh();
      await approvals.give(one, mira, noon);
      expect(await approvals.list(other)).toEqual([]);
      await approvals.list({ ...order, ...both });
      expect(await approvals.list(other)).toEqual([]);
      await approvals.list({ ...order, ...both }, noon);
      expect(await approvals.list(other)).toHaveLength(1);
      await approvals.give(other, noor, noon);
      expect(await approvals.list(one)).toHaveLength(2);
    });

    test.each<[string, Partial<IssueReference>, Partial<IssueReference>]>([
      ['a key', keyOnly, { id: '99' }],
      ['a project key', { projectId: undefined, id: '1', key: undefined }, { projectId: '8', id: '1', key: undefined }],
      [
        'a subdomain',
        { organization: 'subdomain:acme', id: '1', key: undefined },
        { organization: '4', subdomain: 'subdomain:acme', id: '1', key: undefined },
      ],
    ])('that were seen with two ids could be either: %s', async (_what, alias, second) => {
      const { approvals, names } = await openFresh();
      const named = { ...order, ...alias };
      await approvals.list({ ...order, subdomain: 'subdomain:acme' }, noon);
      expect(await names.isAmbiguous(named)).toBe(false);
      await approvals.give(named, mira, noon);
      await approvals.list({ ...order, ...second }, noon);
      expect(await names.isAmbiguous(named)).toBe(true);
      expect(await names.isAmbiguous(order)).toBe(false);
      expect([await approvals.list(named), await approvals.give(named, noor, noon)]).toEqual([[], []]);
      expect(await approvals.list({ ...order, ...second })).toEqual([]);
    });

    test('of a person belong together, over any number of bodies', async () => {
      const { names } = await openFresh();
      for (let index = 0; index < 5; index += 1) {
        await names.person([`id:${index}`, `email:${index}@example.com`], noon);
        await names.person([`id:${index}`, `email:${index + 1}@example.com`], noon);
      }
      const known = await names.person(['id:4'], noon);
      expect([known[0], known.length]).toEqual(['id:4', 11]);
      expect(await names.person(['id:9'], noon)).toEqual(['id:9']);
    });

    test.each([
      ['of two people in one body', ['email:mira@example.com', 'email:noor@example.com']],
      ['that many may have', ['id:19', 'name:mira meyer']],
    ])('%s do not', async (_what, person) => {
      const { names } = await openFresh();
      await names.person(person, noon);
      for (const identifier of person) expect(await names.person([identifier], noon)).toEqual([identifier]);
    });

    test('are learned by two instances at the same moment', async () => {
      const { url } = await createDatabase();
      const stores = await Promise.all([open(url), open(url)]);
      for (let round = 0; round < 8; round += 1) {
        const person = [`id:${round}`, `email:${round}@example.com`];
        const issue = { ...order, id: String(round), key: `ORD-${round}` };
        await Promise.all(
          [...stores, ...stores].flatMap((store) => [
            store.names.person(person, noon),
            store.approvals.give(issue, person, noon),
          ]),
        );
        expect(await turn(stores, 0).names.person(person.slice(0, 1), noon)).toEqual(person);
        expect(await turn(stores, 1).approvals.list({ ...issue, id: undefined })).toHaveLength(1);
      }
    });

    test('are forgotten when they are old, but never before an approval that needs them', async () => {
      const store = await openFresh();
      const old = after(-60 * 24 * hour);
      const renamed = ['id:19', 'email:mira.meyer@example.com'];
      for (const person of [mira, renamed, noor]) await store.names.person(person, old);
      await store.approvals.list({ ...order, subdomain: 'subdomain:acme' }, old);
      await store.approvals.list({ ...order, id: '43', key: 'ORD-43' }, old);
      await store.approvals.give({ ...byKey, organization: 'subdomain:acme' }, ['email:mira@example.com'], noon);
      // The pair of noor, and the key of the other issue.
      expect(await store.prune(noon)).toBe(3);
      expect(await store.approvals.list(byId)).toMatchObject([
        { approver: expect.arrayContaining(renamed) as string[] },
      ]);
      expect(await store.names.person(['email:noor@example.com'], noon)).toEqual(['email:noor@example.com']);
    });

    test('are kept for an approval, also if its approver approves again where the clock is behind', async () => {
      const store = await openFresh();
      await store.names.person(mira, noon);
      await store.approvals.give(order, ['email:mira@example.com'], after(299_000));
      await store.approvals.give(order, ['email:mira@example.com'], after(1_000), { fields: { title: 'B' } });
      await store.prune(after(60_000));
      const approver = expect.arrayContaining(mira) as string[];
      expect(await store.approvals.list(order)).toMatchObject([{ approver }]);
    });

    test('that are seen again are kept, and with them all others of the person', async () => {
      const store = await openFresh();
      const old = after(-60 * 24 * hour);
      for (const address of ['a@example.com', 'b@example.com']) {
        await store.names.person(['id:19', `email:${address}`], old);
      }
      await store.names.person(['id:19', 'email:c@example.com'], noon);
      await store.approvals.list(order, old);
      await store.approvals.list(order, noon);
      expect(await store.prune(noon)).toBe(0);
      expect(await store.names.person(['email:a@example.com'], noon)).toHaveLength(4);
    });
  });

  describe('steps', () => {
    const moved = { organization: '3', event: 'workflow.after_transition', keys: ['id:evt_1', 'body:abc'] };

    test('that were done have their result under every key, and others have none', async () => {
      const { deliveries } = await openFresh();
      await deliveries.keepStep(moved, 'comment', '{"id":1}', noon);
      expect(await deliveries.findStep({ ...moved, keys: ['id:evt_1'] }, 'comment')).toBe('{"id":1}');
      expect(await deliveries.findStep({ ...moved, keys: ['id:other', 'body:abc'] }, 'comment')).toBe('{"id":1}');
      for (const other of [{ organization: '4' }, { event: 'issue.created' }, { keys: ['id:evt_2'] }]) {
        expect(await deliveries.findStep({ ...moved, ...other }, 'comment')).toBeUndefined();
      }
      expect(await deliveries.findStep(moved, 'row')).toBeUndefined();
    });

    const long = 'é'.repeat(4_000);
    const circular: { self?: unknown } = {};
    circular.self = circular;
    test.each<[string, string, unknown, unknown]>([
      ['returns nothing', 'comment', undefined, null],
      ['returns a time', 'comment', noon, noon.toISOString()],
      ['returns a circle', 'comment', circular, null],
      ['returns a bigint', 'comment', 1n, null],
      ['returns a function', 'comment', () => {}, null],
      ['has a long name', long + Array.from({ length: 4_000 }, (_, at) => at).join(), 1, 1],
      ['has NUL in its name', 'a\0', 1, 1],
      ['has half a character in its name', 'a\ud800', 1, 1],
    ])('run once, even if one %s', async (_what, name, returned, result) => {
      const { deliveries } = await openFresh();
      const work = vi.fn<() => Promise<unknown>>(() => Promise.resolve(returned));
      const step = createStep(deliveries, moved, noon);
      expect([await step(name, work), await step(name, work)]).toEqual([result, result]);
      expect(work).toHaveBeenCalledOnce();
      await step(name.replace(/.$/su, '\udfff'), work);
      expect(work).toHaveBeenCalledTimes(2);
    });

    test('are listed by name, one for each delivery, with its best key first', async () => {
      const { deliveries } = await openFresh();
      const second = { ...moved, organization: '4', keys: ['body:def'] };
      await deliveries.keepStep(second, 'history', '[2]', after(1));
      await deliveries.keepStep(moved, 'history', '[1]', noon);
      await deliveries.keepStep(moved, 'comment', '{}', noon);
      expect(await deliveries.listSteps('history')).toEqual([
        { delivery: moved, result: '[1]' },
        { delivery: second, result: '[2]' },
      ]);
    });

    test('that are too old are forgotten', async () => {
      const store = await openFresh();
      await store.deliveries.keepStep(moved, 'old', '1', after(-1));
      await store.deliveries.keepStep(moved, 'young', '2', noon);
      expect(await store.prune(noon)).toBe(moved.keys.length);
      expect(await store.deliveries.findStep(moved, 'old')).toBeUndefined();
      expect(await store.deliveries.findStep(moved, 'young')).toBe('2');
    });
  });

  describe('a database', () => {
    test('keeps everything when it is closed and opened again, also what was waiting', async () => {
      const { url } = await emptyDatabase();
      const delivery = { organization: '3', event: 'issue.created', keys: ['id:1'] };
      const first = await open(url);
      const given = await first.approvals.give(order, mira, noon);
      const claim = await first.deliveries.claim(delivery, noon);
      if (claim.state === 'claimed') await first.deliveries.complete(claim, 'answer');
      first.decisions.record(decision);
      await first.close();

      const second = await open(url);
      expect(await second.approvals.list(order)).toEqual(given);
      expect(await second.deliveries.claim(delivery, noon)).toEqual({ state: 'done', answer: 'answer' });
      expect(await second.decisions.count(order, noon)).toMatchObject({ deny: 1 });
    });

    test('lets one of many instances claim a delivery, whichever keys they share', async () => {
      const { url } = await emptyDatabase();
      const stores = await Promise.all([open(url), open(url), open(url)]);
      const claims = await Promise.all(
        Array.from({ length: 30 }, (_each, index) =>
          turn(stores, index).deliveries.claim(
            {
              organization: '3',
              event: 'issue.created',
              // In either order: two claims that wait for each other would both fail.
              keys: index % 2 === 0 ? ['id:1', `delivery:${index}`] : [`delivery:${index}`, 'id:1'],
            },
            noon,
          ),
        ),
      );
      const states = claims.map((each) => each.state).toSorted();
      expect(states).toEqual(['claimed', ...Array<string>(29).fill('in_progress')]);
    });

    test('lets one of many instances take over what another one left', async () => {
      const { url } = await emptyDatabase();
      const stores = await Promise.all([open(url), open(url), open(url)]);
      const delivery = { organization: '3', event: 'issue.created', keys: ['id:1'] };
      await turn(stores, 0).deliveries.claim(delivery, noon);
      const later = after(leaseMs);
      const claims = await Promise.all(
        Array.from({ length: 12 }, (_each, index) => turn(stores, index).deliveries.claim(delivery, later)),
      );
      expect(claims.filter((each) => each.state === 'claimed')).toHaveLength(1);
    });

    test('records a decision once, whichever instances were asked', async () => {
      const { url } = await emptyDatabase();
      let repeats = 0;
      const onRepeat = () => void (repeats += 1);
      const stores = await Promise.all([open(url, { onRepeat }), open(url, { onRepeat }), open(url, { onRepeat })]);
      for (let index = 0; index < 12; index += 1) {
        turn(stores, index).decisions.record({ ...decision, keys: ['id:1', `delivery:${index}`] });
      }
      await Promise.all(stores.map((store) => store.decisions.count(order, noon)));
      expect(await turn(stores, 0).decisions.count(order, noon)).toEqual({ allow: 0, pending: 0, deny: 1 });
      expect(repeats).toBe(11);
    });

    test('of earlier versions keeps its approvals, and what their rows say about names; decisions without reasons are left out', async () => {
      const { url, run } = await createDatabase();
      const first = await open(url);
      await first.approvals.give(order, mira, noon);
      first.decisions.record(decision);
      await first.close();
      // As they left it.
      for (const column of ['reasons', 'used_at', 'mover']) await run(`alter table decisions drop column ${column}`);
      for (const index of ['decisions_by_issue_id', 'decisions_by_issue_key', 'approvals_bound'])
        await run(`drop index ${index}`);
      for (const column of addedToApprovals) await run(`alter table approvals drop column ${column}`);
      for (const table of ['aliases', 'people']) await run(`drop table ${table}`);
      await run("delete from kysely_migration where name >= '2026-03-history'");

      const { approvals, decisions, names } = await open(url);
      expect(await approvals.list({ ...order, ...keyOnly })).toHaveLength(1);
      await approvals.give({ ...order, ...keyOnly }, noor, noon);
      expect(await approvals.list({ ...order, ...idOnly })).toHaveLength(2);
      expect(await names.person(mira.slice(1), noon)).toHaveLength(2);
      // By an instance that keeps no reasons yet.
      await run(
        `insert into decisions (id, organization, project_id, issue_id, status, to_status, decided_at)
         values ('old', '3', '7', '42', 'pending', 'done', '2026-03-02T12:00:00.001Z')`,
      );
      decisions.record({ ...decision, decidedAt: after(2) });
      expect(await decisions.count(order, noon)).toEqual({ allow: 0, pending: 1, deny: 2 });
      expect(await decisions.use(order, after(2), noon)).toMatchObject([{ decidedAt: after(2) }]);
    });

    test('is made by whichever of many instances starts first', async () => {
      const { url } = await createDatabase();
      const stores = await Promise.all(Array.from({ length: 5 }, () => open(url)));
      await Promise.all(stores.map((store) => store.ping(noon)));
      await expect(turn(stores, 4).approvals.list(order)).resolves.toEqual([]);
    });

    test('forgets what is too old, and nothing else', async () => {
      const store = await openFresh();
      const [old, young] = [after(-1), noon];
      const seen = { organization: '3', event: 'issue.created' };
      for (const [at, name] of [
        [old, 'old'],
        [young, 'young'],
      ] as const) {
        await store.approvals.give(order, [`id:${name}`], at);
        const claim = await store.deliveries.claim({ ...seen, keys: [`id:${name}`] }, at);
        if (claim.state === 'claimed') await store.deliveries.complete(claim, name);
        store.decisions.record({ ...decision, decidedAt: at });
      }
      await store.decisions.count(order, noon);

      expect(await store.prune(noon)).toBe(3);
      expect((await store.approvals.list(order)).map(({ approver }) => approver)).toEqual([['id:young']]);
      expect(await store.decisions.count(order, old)).toMatchObject({ deny: 1 });
      expect(await store.deliveries.claim({ ...seen, keys: ['id:young'] }, noon)).toMatchObject({ state: 'done' });
      expect(await store.deliveries.claim({ ...seen, keys: ['id:old'] }, noon)).toMatchObject({ state: 'claimed' });
    });

    test('forgets more than fits into one transaction', async () => {
      const store = await open((await emptyDatabase()).url, {}, { batchRows: 4 });
      for (let index = 0; index < 11; index += 1) store.decisions.record({ ...decision, keys: [`id:${index}`] });
      await store.decisions.count(order, noon);
      expect(await store.prune(after(1), AbortSignal.abort())).toBe(0);
      expect(await store.prune(after(1))).toBe(22);
      expect(await store.prune(after(1))).toBe(0);
    });

    test('has written what was waiting when it has settled', async () => {
      const { url } = await emptyDatabase();
      const [store, other] = [await open(url), await open(url)];
      store.decisions.record(decision);
      await store.settle();
      expect(await other.decisions.count(order, noon)).toMatchObject({ deny: 1 });
    });

    test('lets deliveries in between while it forgets, and while it records', async () => {
      const store = await open((await emptyDatabase()).url, {}, { batchRows: 10 });
      for (let index = 0; index < 100; index += 1) store.decisions.record({ ...decision, keys: [`id:${index}`] });
      for (const work of [() => store.decisions.count(order, noon), () => store.prune(after(1))]) {
        const done = new AbortController();
        const working = work().finally(() => done.abort());
        let turns = 0;
        while (!done.signal.aborted) {
          await nextTurn();
          turns += 1;
        }
        await working;
        expect(turns).toBeGreaterThanOrEqual(5);
      }
    });

    const seen = { organization: '3', event: 'issue.created', keys: ['id:1'] };
    const claim = { id: 'x', owner: 'y' };
    test.each<[string, (store: Store) => Promise<unknown>]>([
      ['ping', (store) => store.ping(noon)],
      ['list approvals', (store) => store.approvals.list(order)],
      ['give an approval', (store) => store.approvals.give(order, mira, noon)],
      ['bind approvals', (store) => store.approvals.bind([{ id: 'x' }], 'done', noon)],
      ['look for names', (store) => store.names.isAmbiguous({ ...order, id: undefined })],
      ['look for a person', (store) => store.names.person(mira, noon)],
      ['look for moves that wait', (store) => store.decisions.waiting(order, noon)],
      ['revoke an approval', (store) => store.approvals.revoke(order, mira, noon)],
      ['use approvals', (store) => store.approvals.use(order, { givenUntil: noon, now: noon })],
      ['count decisions', (store) => store.decisions.count(order, noon)],
      ['use decisions', (store) => store.decisions.use(order, noon, noon)],
      ['claim a delivery', (store) => store.deliveries.claim(seen, noon)],
      ['complete a delivery', (store) => store.deliveries.complete(claim, 'answer')],
      ['release a delivery', (store) => store.deliveries.release(claim)],
    ])('that is closed cannot be reached to %s', async (_what, call) => {
      const store = await open((await emptyDatabase()).url);
      await store.close();
      const error: unknown = await call(store).catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        name: 'DeliveryError',
        code: 'store_unavailable',
        message: "The store can't be reached. Deliver it again.",
        cause: expect.any(Error) as Error,
      });
    });

    test('that is closed takes a decision silently, and reports the trouble', async () => {
      const trouble = defer<Parameters<RecorderEvents['onTrouble']>>();
      const store = await open((await emptyDatabase()).url, { onTrouble: (...reported) => trouble.resolve(reported) });
      await store.close();
      store.decisions.record(decision);
      expect(await trouble.promise).toEqual([expect.any(Error), 0]);
    });
  });
});

describe('a DATABASE_URL', () => {
  const events = { onRepeat: () => {}, onTrouble: () => {} };

  test.each(['', 'guardian.db', './data/guardian.db', 'file:', 'mysql://guardian:hunter2@db.example/guardian'])(
    'that is %j is refused without being quoted',
    async (url) => {
      await expect(openStore(url, events)).rejects.toThrow(
        new SetupError(['DATABASE_URL must be file:./data/guardian.db or postgres://user:password@host/name.']),
      );
    },
  );

  test('may name a file in a folder that is not there yet', async () => {
    const folder = temporaryFolder();
    const store = await open(`file:${join(folder, 'new', 'data', 'guardian.db')}`);
    await store.ping(noon);
    expect(readdirSync(join(folder, 'new', 'data'))).toContain('guardian.db');
  });

  test("that names a file that isn't a database is refused", async () => {
    const path = join(temporaryFolder(), 'notes.txt');
    writeFileSync(path, 'Nothing that SQLite could read. '.repeat(100));
    await expect(openStore(`file:${path}`, events)).rejects.toThrow(
      new SetupError([
        `DATABASE_URL: ${path} can't be opened (file is not a database). Check that the file is a SQLite database, and that its folder is writable and not full.`,
      ]),
    );
  });

  // Without `makeFolder` this never returns.
  test.skipIf(process.platform !== 'linux')('that names a folder in which none can be made is refused', async () => {
    await expect(openStore('file:/proc/guardian/guardian.db', events)).rejects.toThrow(
      "can't be opened (ENOENT: no such file or directory, mkdir '/proc/guardian')",
    );
  });

  test('of a PostgreSQL that is not there is refused', async () => {
    const url = 'postgres://guardian:hunter2@127.0.0.1:1/guardian';
    await expect(openStore(url, events)).rejects.toThrow(
      new SetupError([
        "DATABASE_URL: can't use the database (connect ECONNREFUSED 127.0.0.1:1). Check that it's running and that this user may write to it.",
      ]),
    );
  });

  test('says whether PostgreSQL has to speak TLS', async () => {
    const { url } = await createPostgresDatabase();
    await expect(openStore(`${url}?sslmode=verify-full`, events)).rejects.toThrow(/does not support SSL/);
    await expect(open(`${url}?sslmode=disable`)).resolves.toBeDefined();
  });
});
