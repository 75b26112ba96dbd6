import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { parse } from 'yaml';
import { openProject } from '../../src/lint/project.ts';
import { dbtRules } from '../../src/lint/rules/modules.ts';
import { noon, startTestApi } from 'kiket-express/testing';
import { openApp } from '../support/app.ts';
import { installDbt, startDbt, type Dbt, type DbtResult } from '../support/dbt.ts';
import { createPostgres, runSql, type PostgresServer } from '../../../kiket-express/test/support/postgresServer.ts';
import { writeExtension } from '../support/soundExtension.ts';
import { projectRoot, temporaryFolder } from '../support/folders.ts';

// The models of .kiket/modules/guard_decisions/dbt over a real PostgreSQL, as Kiket runs them: only `dbt run`, for each
// installation in a schema of its own. Here it has a role of its own as well, which sees nothing else. On a machine that
// can't install dbt, all of it is skipped.

vi.setConfig({ testTimeout: 120_000 });

interface Column {
  name: string;
  type: string;
  length?: number;
  null?: boolean;
  primary_key?: boolean;
}

/** The table that schema.yml declares, as Kiket would make it. */
function readTable(): string {
  const path = join(projectRoot, '.kiket', 'modules', 'guard_decisions', 'schema.yml');
  // `null` is a key here, and a value to YAML.
  const schema = parse(readFileSync(path, 'utf8'), { stringKeys: true }) as {
    tables: { decisions: { columns: Column[] } };
  };
  const types: Record<string, string> = { string: 'varchar', bigint: 'bigserial' };
  const lines = schema.tables.decisions.columns.map((column) => {
    const { name, type, length, primary_key: isKey = false, null: isNullable = !isKey } = column;
    const size = length === undefined ? '' : `(${length})`;
    return `${name} ${types[type] ?? type}${size}${isNullable ? '' : ' not null'}${isKey ? ' primary key' : ''}`;
  });
  return `create table decisions (${lines.join(', ')})`;
}

const createTable = readTable();
const decisionsSql = `${createTable}; ${readFileSync(join(import.meta.dirname, '../support/decisions.sql'), 'utf8')}`;
const columns =
  'invocation_id, move_id, project_id, issue_id, from_state, to_state, decision, message, details, decided_at';
const models = ['decisions_daily', 'frequent_reasons', 'overrides_weekly', 'pending_to_allow'];
const allModels = Object.fromEntries(models.map((model) => [model, 'success']));

type Row = Record<string, string | null>;

/** The extension as installed by an organization. */
interface Installation {
  id: string;
  schema: string;
  /** Runs dbt with what Kiket says to it. */
  dbt: (...args: string[]) => Promise<DbtResult>;
  /** The rows of a model; every value is text. */
  select: (model: string, orderBy: string) => Promise<Row[]>;
}

const python = installDbt();
if (python === undefined) process.stdout.write('dbt is left out: it needs uv, or Python 3.11 with pip.\n');
let server: PostgresServer;
let client: Client;
let runner: Dbt;
let latestId = 8;

beforeAll(async () => {
  if (python === undefined) return;
  runner = startDbt(python);
  server = await createPostgres();
  const postgres = `${server.url}/postgres`;
  await runSql(postgres, 'create database kiket');
  // Days are days in UTC, wherever the database believes to be.
  await runSql(postgres, "alter database kiket set timezone = 'Pacific/Auckland'");
  const rules = ['guardian 127.0.0.1/32 trust', 'all 127.0.0.1/32 scram-sha-256'].map((rule) => `'host all ${rule}'`);
  const { rows } = await runSql(postgres, 'show hba_file');
  const [{ hba_file: file }] = rows as [{ hba_file: string }];
  await runSql(postgres, `copy (select unnest(array[${rules.join()}])) to '${file}'; select pg_reload_conf()`);
  // Every value as the text that PostgreSQL writes: what a test sees depends on no clock or place of this process.
  client = new Client({ connectionString: `${server.url}/kiket`, types: { getTypeParser: () => String } });
  await client.connect();
}, 120_000);

afterAll(async () => {
  if (python === undefined) return;
  await runner.stop();
  await client.end();
  await server.remove();
});

beforeEach(({ skip }) => skip(python === undefined));

/** Installs the extension, with these decisions in its own schema or in another. */
async function install({ sql = decisionsSql, product = 'com.example.shop', source = '' } = {}): Promise<Installation> {
  latestId += 1;
  const id = String(latestId);
  const [schema, role] = [`analytics_ext_3_guardian_${id}`, `role_${id}`];
  const tables = source === '' ? schema : source;
  // Not beside the word that scanners for secrets look for.
  const [common, own] = ['of everybody', `of ${id}`];
  await client.query(`create role ${role} login password ${client.escapeLiteral(own)}`);
  for (const each of new Set([schema, tables])) await client.query(`create schema ${each} authorization ${role}`);
  await client.query(`set role ${role}; set search_path = ${tables}; ${sql}; reset role; reset search_path`);
  const environment = {
    ...(source === '' ? {} : { CUSTOM_DATA_SCHEMA: source }),
    DBT_HOST: '127.0.0.1',
    DBT_PORT: new URL(server.url).port,
    DBT_USER: role,
    DBT_PASSWORD: common,
    INSTALLATION_SECRET_DBT_PASSWORD: own,
    DBT_INSTALLATION_SCHEMA: schema,
    KIKET_INSTALLATION_ID: id,
    KIKET_PRODUCT_IDENTIFIER: product,
  };
  return {
    id,
    schema,
    dbt: (...args) => runner.run(args, environment),
    select: async (model, orderBy) =>
      (await client.query<Row>(`select * from ${schema}.${model} order by ${orderBy}`)).rows,
  };
}

/** What failed, by the name of the model or the test. */
function failuresIn({ results }: DbtResult): string[] {
  const failed = Object.entries(results).filter(([, status]) => status !== 'success' && status !== 'pass');
  return failed.map(([name]) => name).toSorted();
}

test('dbt parses the project, and has nothing to warn about', async () => {
  const { dbt } = await install();
  expect(await dbt('parse', '--warn-error')).toMatchObject({ ok: true });
});

describe('dbt run', () => {
  let installation: Installation;
  let run: DbtResult;

  beforeAll(async () => {
    if (python === undefined) return;
    installation = await install();
    run = await installation.dbt('run');
  }, 120_000);

  const tags = () => ({ installation_id: installation.id, product_identifier: 'com.example.shop' });

  test('makes every model, and needs nothing that it does not make', () => {
    expect(run).toMatchObject({ ok: true, results: allModels });
  });

  test('is followed by a dbt test that finds nothing', async () => {
    const { ok, results } = await installation.dbt('test');
    expect(Object.keys(results).length).toBeGreaterThan(30);
    expect(Object.entries(results).filter(([, status]) => status !== 'pass')).toEqual([]);
    expect(ok).toBe(true);
  });

  test('counts the decisions of each day, with zeros, by days in UTC', async () => {
    const rows = await installation.select('decisions_daily', 'project_id, day, sort_order');
    expect(rows[0]).toEqual({
      ...tags(),
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

  test('measures each wait from its first pending to the move, whatever is denied in between', async () => {
    const shared = { ...tags(), project_id: '7', to_state: 'done' };
    expect(await installation.select('pending_to_allow', 'move_id')).toEqual([
      {
        ...shared,
        move_id: 'evt_1',
        issue_id: '42',
        pending_at: '2026-03-01 23:59:57',
        allowed_at: '2026-03-02 00:30:00',
        waited_minutes: '30.1',
        pendings: '2',
        denies: '1',
        is_overridden: 'f',
      },
      expect.objectContaining({ ...shared, move_id: 'evt_2', waited_minutes: '60.0', is_overridden: 't' }),
      // A clock that is behind makes a wait no shorter than nothing.
      expect.objectContaining({ project_id: '8', move_id: 'evt_6', to_state: 'released', waited_minutes: '0.0' }),
    ]);
  });

  test('counts overrides by week and person', async () => {
    expect(await installation.select('overrides_weekly', 'row_key')).toEqual([
      {
        ...tags(),
        row_key: '7/2026-03-02/kim@example.com',
        project_id: '7',
        week: '2026-03-02',
        person: 'kim@example.com',
        overrides: '1',
        last_at: '2026-03-02 10:00:00',
      },
    ]);
  });

  test('ranks the reasons of each project, without the names in them', async () => {
    const rows = await installation.select('frequent_reasons', 'project_id, rank');
    expect(rows[0]).toEqual({
      ...tags(),
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
      ['7/2', 'checksPass', 'deny', 'Fix "it\'s 100% \\ done" first.', '1'],
      ['7/3', 'requireFields', 'deny', 'Fill in assignee_id.', '1'],
      ['8/1', 'checksPass', 'allow', expect.stringContaining('(guard_failed), and the failure policy'), '1'],
      ['8/2', 'requireApprovals', 'pending', 'Wait for somebody other than somebody.', '1'],
    ]);
  });

  test('shows one installation nothing of another, wherever their rows are kept', async () => {
    const other = await install({
      sql: `${createTable}; insert into decisions (${columns})
              values ('a', 'a', '7', '1', null, 'done', 'allow', '', null, '2026-03-04T00:00:00Z')`,
      product: "com.example.other's",
      source: 'raw_of_another',
    });
    expect(await other.dbt('run')).toMatchObject({ ok: true, results: allModels });
    expect(await other.select('decisions_daily', 'sort_order')).toMatchObject([
      { installation_id: other.id, product_identifier: "com.example.other's", status: 'allow', decisions: '1' },
      { status: 'pending', decisions: '0' },
      { status: 'deny', decisions: '0' },
    ]);
    // The first is run again beside it, and stays as it was.
    await installation.dbt('run');
    expect(await installation.select('decisions_daily', '1')).toHaveLength(24);
    expect(await other.select('decisions_daily', '1')).toHaveLength(3);
    expect(failuresIn(await other.dbt('test'))).toEqual([]);
  });
});

describe('dbt build', () => {
  test('makes empty models for an installation without decisions', async () => {
    const { dbt, select } = await install({ sql: createTable });
    const built = await dbt('build');
    expect(built).toMatchObject({ ok: true, results: allModels });
    expect(failuresIn(built)).toEqual([]);
    for (const model of models) expect(await select(model, '1'), model).toEqual([]);
  });
});

test('lint passes on what dbt parse says, where dbt is installed', () => {
  const [folder, bin] = [temporaryFolder(), temporaryFolder()];
  writeExtension(folder, {
    '.kiket/modules/visits/dbt/models/daily.sql': "select * from {{ source('gate', 'guests') }}\n",
  });
  writeFileSync(join(bin, 'dbt'), `#!/bin/sh\nexec '${python}' -m dbt.cli.main "$@"\n`, { mode: 0o755 });
  vi.stubEnv('PATH', bin + delimiter + process.env['PATH']);
  expect(dbtRules(openProject(folder))).toMatchObject([
    {
      file: '.kiket/modules/visits/dbt/dbt_project.yml',
      rule: 'dbt-parse',
      message: expect.stringContaining("named 'gate.guests' which was not found") as string,
    },
  ]);
});

test('dbt test fails on rows that should not be', async () => {
  const { dbt } = await install({
    sql: `${decisionsSql}; insert into decisions (${columns}) values
       ('x', 'x', '7', '1', null, 'done', 'escalated', null, '{"reasons":[{"status":"maybe"}]}', '2026-03-04T00:00:00Z')`,
  });
  await dbt('run');
  expect(failuresIn(await dbt('test'))).toEqual([
    'accepted_values_frequent_reasons_status__allow__pending__deny',
    'not_null_frequent_reasons_guard',
    'source_accepted_values_kiket_decisions_decision__allow__pending__deny',
  ]);
});

test('the rows that the guardian writes, inserted as they arrive, become what happened', async () => {
  const kiket = await startTestApi(() => ({ status: 201, body: { data: { id: 1 }, id: 1 } }));
  onTestFinished(kiket.close);
  const { deliver, setNow } = await openApp({ baseUrl: kiket.url });
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

  const records = kiket.calls.map(({ body }) => (body as { record: unknown }).record);
  expect(records).toHaveLength(3);
  const { dbt, select } = await install({
    sql: `${createTable}; insert into decisions (${columns}) select ${columns}
       from json_populate_recordset(null::decisions, $json$${JSON.stringify(records)}$json$)`,
  });
  const built = await dbt('build');
  expect(failuresIn(built)).toEqual([]);
  expect(built.results).toMatchObject(allModels);
  expect((await select('decisions_daily', 'sort_order')).map(({ status, decisions }) => [status, decisions])).toEqual([
    ['allow', '1'],
    ['pending', '1'],
    ['deny', '1'],
  ]);
  expect(await select('pending_to_allow', '1')).toMatchObject([
    {
      move_id: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      issue_id: '42',
      waited_minutes: '10.0',
      pendings: '1',
      denies: '1',
    },
  ]);
  expect(
    (await select('frequent_reasons', 'rank')).map(({ guard, times, message }) => [guard, times, message]),
  ).toEqual([
    ['requireApprovals', '2', 'Moving to "done" waits for 1 more approval from anyone but somebody (0 of 1 given).'],
    ['requireFields', '1', 'Fill in Assignee before moving this issue to "done".'],
  ]);
});
