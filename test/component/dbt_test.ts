import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { projectRoot } from '../../src/setup.ts';
import { historyLimit } from '../../src/store/history.ts';
import { runDbt } from '../support/dbt.ts';
import { createRenderer } from '../support/dbtRenderer.ts';
import { startFakeKiket } from '../support/fakeKiket.ts';
import { createGuardian, noon } from '../support/guardian.ts';
import { createPostgresDatabase, runSql } from '../support/postgres.ts';

// The models of .kiket/modules/guard_decisions/dbt over a real PostgreSQL, and the rows that come out of them.

const decisionsSql = readFileSync(join(projectRoot, 'test', 'support', 'decisions.sql'), 'utf8');
const [createTable = ''] = decisionsSql.split(';');
const columns =
  'invocation_id, move_id, project_id, issue_id, from_state, to_state, decision, message, details, decided_at';

/** What Kiket says to a run. */
const environment = {
  DBT_INSTALLATION_SCHEMA: 'analytics_ext_3_guardian_9',
  KIKET_INSTALLATION_ID: '9',
  KIKET_PRODUCT_IDENTIFIER: 'com.example.shop',
};
const installation = { installation_id: '9', product_identifier: 'com.example.shop' };

let url: string;
let sql: (statement: string) => Promise<unknown>;

/** Drops what a test before this one made. */
const dropAll = `
  do $$ declare name text; begin
    for name in select nspname from pg_namespace where nspname !~ '^pg_|^information_schema$' loop
      execute format('drop schema %I cascade', name);
    end loop;
  end $$;
  create schema public`;

beforeAll(async () => {
  ({ url, run: sql } = await createPostgresDatabase());
});
beforeEach(() => sql(dropAll));

test("the models' descriptions say how many decisions of a move they know at most", () => {
  const file = join(projectRoot, '.kiket', 'modules', 'guard_decisions', 'dbt', 'models', 'schema.yml');
  const { models } = parse(readFileSync(file, 'utf8')) as { models: { name: string; description: string }[] };
  expect(models.length).toBeGreaterThan(2);
  for (const { name, description } of models) expect(description, name).toContain(` ${historyLimit} `);
});

/** Puts SQL about the table `decisions` into a schema. */
async function seed(schema: string, text = decisionsSql): Promise<void> {
  await sql(`create schema if not exists ${schema}; set search_path = ${schema}; ${text}`);
}

describe('the models', () => {
  beforeEach(() => seed(environment.DBT_INSTALLATION_SCHEMA));

  test('count the decisions of each day, with zeros, by days in UTC', async () => {
    const { select } = await runDbt(url, environment);
    const rows = await select('decisions_daily', 'project_id, day, sort_order');
    expect(rows[0]).toEqual({
      ...installation,
      row_key: '7/2026-03-01/allow',
      project_id: '7',
      day: '2026-03-01',
      status: 'allow',
      label: 'Allowed',
      is_blocking: 'f',
      sort_order: '1',
      decisions: '0',
    });
    const placeOf = ({ project_id: project, day }: (typeof rows)[number]) => `${project} on ${day}`;
    const counts = [...new Set(rows.map(placeOf))].map((place) => {
      const there = rows.filter((row) => placeOf(row) === place);
      return `${place}: ${there.map(({ status, decisions }) => `${decisions} ${status}`).join(', ')}`;
    });
    expect(counts).toEqual([
      '7 on 2026-03-01: 0 allow, 1 pending, 1 deny',
      '7 on 2026-03-02: 2 allow, 2 pending, 1 deny',
      '7 on 2026-03-03: 0 allow, 0 pending, 0 deny',
      '7 on 2026-03-04: 1 allow, 1 pending, 0 deny',
      '8 on 2026-03-01: 0 allow, 0 pending, 0 deny',
      '8 on 2026-03-02: 0 allow, 0 pending, 0 deny',
      '8 on 2026-03-03: 0 allow, 0 pending, 0 deny',
      '8 on 2026-03-04: 2 allow, 1 pending, 0 deny',
    ]);
  });

  test('measure each wait from its first pending to the move, whatever is denied in between', async () => {
    const { select } = await runDbt(url, environment);
    const shared = { ...installation, project_id: '7', to_state: 'done' };
    expect(await select('pending_to_allow', 'move_id')).toEqual([
      {
        ...shared,
        move_id: 'evt_1',
        issue_id: '42',
        pending_at: '2026-03-01 23:59:57',
        allowed_at: '2026-03-02 00:30:00',
        waited_minutes: '30.1',
        pendings: '2',
        denies: '1',
      },
      expect.objectContaining({ ...shared, move_id: 'evt_2', waited_minutes: '60.0', pendings: '1', denies: '1' }),
      // A clock that is behind makes a wait no shorter than nothing.
      expect.objectContaining({ project_id: '8', move_id: 'evt_6', to_state: 'released', waited_minutes: '0.0' }),
    ]);
  });

  test('rank the reasons of each project, without the names in them', async () => {
    const { select } = await runDbt(url, environment);
    const rows = await select('frequent_reasons', 'project_id, rank');
    expect(rows[0]).toEqual({
      ...installation,
      row_key: '7/1',
      project_id: '7',
      rank: '1',
      guard: 'requireApprovals',
      status: 'pending',
      message: 'Wait for somebody other than somebody.',
      times: '4',
      moves: '2',
      last_at: '2026-03-02 09:00:00',
    });
    expect(
      rows.slice(1).map(({ row_key: key, guard, status, message, times }) => [key, guard, status, message, times]),
    ).toEqual([
      ['7/2', 'checksPass', 'deny', 'Mend "it\'s 100% \\ done" first.', '1'],
      ['7/3', 'requireFields', 'deny', 'Fill in assignee_id.', '1'],
      ['8/1', 'checksPass', 'allow', expect.stringContaining('(guard_failed), and the failure policy'), '1'],
      ['8/2', 'requireApprovals', 'pending', 'Wait for somebody other than somebody.', '1'],
    ]);
  });

  test('pass every test that the project declares', async () => {
    const { tests, failures } = await runDbt(url, environment);
    expect(tests.length).toBeGreaterThan(40);
    expect(failures).toEqual([]);
  });

  test('have the columns that the project describes', async () => {
    const { columns: found } = await runDbt(url, environment);
    // Of the source, only what the models need is described.
    const { decisions: _source, ...ours } = found;
    const names = ['decision_statuses', 'decisions_daily', 'frequent_reasons', 'pending_to_allow'];
    expect(Object.keys(ours).toSorted()).toEqual(names);
    for (const [name, { made, described }] of Object.entries(ours)) expect(described, name).toEqual(made);
  });

  test('fail their tests on rows that should not be', async () => {
    await seed(
      environment.DBT_INSTALLATION_SCHEMA,
      `insert into decisions (${columns}) values
         ('x', 'x', '7', '1', null, 'done', 'escalated', null, '{"reasons":[{"status":"maybe"}]}', '2026-03-04T00:00:00Z')`,
    );
    expect((await runDbt(url, environment)).failures.toSorted()).toEqual([
      'decisions.decision relationships',
      'frequent_reasons.guard not_null',
      'frequent_reasons.status accepted_values',
    ]);
  });
});

test('an installation without decisions has empty models, and every test holds', async () => {
  await seed(environment.DBT_INSTALLATION_SCHEMA, createTable);
  const { select, failures } = await runDbt(url, environment);
  for (const model of ['decisions_daily', 'pending_to_allow', 'frequent_reasons']) {
    expect(await select(model, '1'), model).toEqual([]);
  }
  expect(failures).toEqual([]);
});

test('two installations see nothing of each other, and rows may be kept in a schema of their own', async () => {
  await seed(environment.DBT_INSTALLATION_SCHEMA);
  await seed('raw_4', createTable);
  const other = {
    DBT_INSTALLATION_SCHEMA: 'analytics_ext_4_guardian_10',
    KIKET_INSTALLATION_ID: "10's",
    KIKET_PRODUCT_IDENTIFIER: 'com.example.other',
    CUSTOM_DATA_SCHEMA: 'raw_4',
  };
  await sql(
    `insert into raw_4.decisions (${columns}) values ('a', 'a', '7', '1', null, 'done', 'allow', '', null, '2026-03-04T00:00:00Z')`,
  );
  const [one, two] = [await runDbt(url, environment), await runDbt(url, other)];
  expect(await two.select('decisions_daily', 'sort_order')).toMatchObject([
    { installation_id: "10's", product_identifier: 'com.example.other', status: 'allow', decisions: '1' },
    { status: 'pending', decisions: '0' },
    { status: 'deny', decisions: '0' },
  ]);
  expect(await one.select('decisions_daily', '1')).toHaveLength(24);
  expect([...one.failures, ...two.failures]).toEqual([]);
});

test('the rows that the guardian writes, inserted as they arrive, become what happened', async () => {
  const kiket = await startFakeKiket(() => ({ status: 201, body: { data: { id: 1 }, id: 1 } }));
  const { deliver, setNow } = await createGuardian({ baseUrl: kiket.url });
  const at = (minutes: number) => setNow(new Date(noon.getTime() + minutes * 60_000));
  const issue = { id: 42, key: 'ORD-42', project_id: 7, organization_id: 3, assignee_id: null as number | null };
  const transition = { from: 'review', to: 'done', performed_by: 'mira@example.com' };
  const ask = (id: string) => deliver({ id, event: 'workflow.before_transition', issue, transition });
  await ask('evt_1');
  issue.assignee_id = 19;
  at(10);
  await ask('evt_2');
  at(20);
  await deliver({
    action_key: 'approve_transition',
    organization_id: 3,
    context: { project: { id: 7 }, issue: { id: 42, key: 'ORD-42' }, user: { id: 23, email: 'noor@example.com' } },
  });
  await ask('evt_3');
  const authentication = {
    runtime_token: 'rt_example',
    expires_at: '2026-03-02T13:00:00Z',
    scopes: ['custom_data:write'],
  };
  const moved = {
    event: 'workflow.after_transition',
    occurred_at: '2026-03-02T12:20:01Z',
    issue,
    transition,
    authentication,
  };
  expect((await deliver({ id: 'evt_4', ...moved })).status).toBe(200);

  await seed(environment.DBT_INSTALLATION_SCHEMA, createTable);
  const records = kiket.calls.map(({ body }) => (body as { record: unknown }).record);
  expect(records).toHaveLength(3);
  await seed(
    environment.DBT_INSTALLATION_SCHEMA,
    `insert into decisions (${columns}) select ${columns}
       from json_populate_recordset(null::decisions, $json$${JSON.stringify(records)}$json$)`,
  );
  const { select, failures } = await runDbt(url, environment);
  expect((await select('decisions_daily', 'sort_order')).map(({ status, decisions }) => [status, decisions])).toEqual([
    ['allow', '1'],
    ['pending', '1'],
    ['deny', '1'],
  ]);
  expect(await select('pending_to_allow', '1')).toMatchObject([
    { move_id: 'evt_4', issue_id: '42', waited_minutes: '10.0', pendings: '1', denies: '1' },
  ]);
  expect(
    (await select('frequent_reasons', 'rank')).map(({ guard, times, message }) => [guard, times, message]),
  ).toEqual([
    [
      'requireApprovals',
      '2',
      'Moving to "done" waits for 1 more approval by somebody other than somebody (0 of 1 given).',
    ],
    ['requireFields', '1', 'Fill in assignee_id before this issue moves to "done".'],
  ]);
  expect(failures).toEqual([]);
});

// Not beside the word that scanners for secrets look for.
const [common, own] = ['shared by all', 'the installation’s own'];

test.each([
  [{}, '', { host: 'localhost', schema: 'analytics_ext_local' }],
  [{ DBT_PASSWORD: common, DBT_HOST: 'db', DBT_INSTALLATION_SCHEMA: 'x' }, common, { host: 'db', schema: 'x' }],
  [{ DBT_PASSWORD: common, INSTALLATION_SECRET_DBT_PASSWORD: own }, own, {}],
])('the connection is what %o says', (variables, password, expected) => {
  const { profile } = createRenderer(variables);
  const usual = { type: 'postgres', port: '5432', user: 'kiket', dbname: 'kiket', threads: 2 };
  expect(profile).toMatchObject({ ...usual, password, ...expected });
});

test.each([
  ['{{ project_name }}', 'undefined'],
  ["{{ var('days') }}", 'var'],
  ["{{ ref('decisions_hourly') }}", 'decisions_hourly'],
  ["{{ source('guardian', 'approvals') }}", 'approvals'],
  ["{{ env_var('KIKET_PROJECT') }}", 'KIKET_PROJECT'],
  ["{{ 'a' | shorten }}", 'shorten'],
])('a template with %s is not rendered: nothing provides it', (template, named) => {
  expect(() => createRenderer(environment).render(template)).toThrow(named);
});

test('the table of these tests is the one that schema.yml declares', async () => {
  const path = join(projectRoot, '.kiket', 'modules', 'guard_decisions', 'schema.yml');
  // `null` is a key here, and a value to YAML.
  const schema = parse(readFileSync(path, 'utf8'), { stringKeys: true }) as {
    tables: {
      decisions: { columns: { name: string; type: string; length?: number; null?: boolean; primary_key?: boolean }[] };
    };
  };
  await seed('raw', createTable);
  const { rows } = await runSql(
    url,
    `select column_name as name, data_type as type, character_maximum_length as length, is_nullable as nullable
       from information_schema.columns where table_schema = 'raw' order by ordinal_position`,
  );
  const types: Record<string, string> = { string: 'character varying', timestamp: 'timestamp without time zone' };
  expect(rows).toEqual(
    schema.tables.decisions.columns.map(({ name, type, length, primary_key: isKey, null: isNullable = !isKey }) => ({
      name,
      type: types[type] ?? type,
      length: length ?? null,
      nullable: isNullable ? 'YES' : 'NO',
    })),
  );
});
