import type { HandlerTable } from '../../src/lint/project.ts';

const manifest = `# yaml-language-server: $schema=../node_modules/kiket-dev/manifest.schema.json
model_version: '1.0'
extension:
  id: com.acme.gate
  name: Gate
  version: 2.1.0
  api_version: v1
  description: Keeps the gate.
  sdk: node
  delivery: http
  callback:
    url: \${EXTENSION_BASE_URL}
    secret: env.KIKET_WEBHOOK_SECRET
    timeout: 10000
    required: true
  permissions:
    - issues:read
    - comments:write
    - custom_data:write
    - workflows:read
  custom_data:
    permissions:
      - module: com.acme.gate.visits
        operations: [read, write]
  hooks:
    - event: workflow.before_transition
      required: true
      timeout: 8000
    - event: issue.created
  actions:
    - key: open_gate
      label: Open
      scopes: [issue, project]
  contributes:
    commands:
      - command: gate.open_gate
        title: Open
        handler: { type: extension_event, event: gate.open_gate }
    workflow_actions:
      - id: gate.close
        handler: { type: extension_event, event: gate.workflowAction.close_gate }
        parameters: [{ key: reason, type: string }]
  configuration:
    color:
      type: string
      options: [{ value: red, label: Red }, { value: green, label: Green }]
      default: red
    guards:
      type: integer
      min: 1
      max: 3
      default: '2'
    camera_url:
      type: string
      placeholder: https://camera.example.com/live
      default: ''
    home_board:
      type: board
    CAMERA_TOKEN:
      type: string
      secret: true
      description: Lets the gate see.
  output_fields:
    gate_url: { label: The gate, type: url, icon: door-open, help_url: https://example.com/help }
  setup:
    - info:
        title: Welcome
        content: This is a gate.
        links: [{ label: More, url: https://example.com }]
    - secrets:
        title: Secrets
        collect: [CAMERA_TOKEN]
        fields:
          - key: camera_login
            obtain: { type: oauth2, authorization_url: https://example.com/a, token_url: https://example.com/t }
    - configure:
        title: Settings
        collect: [color]
        fields:
          - key: shape
            type: select
            options: [round]
            showWhen: { field: color }
    - test:
        title: Try it
        action: gate.open_gate
`;

const schema = `module: com.acme.gate.visits
version: '1.0'
tables:
  visits:
    columns:
      - name: id
        type: bigint
        primary_key: true
      - name: visitor
        type: string
        length: 64
    indexes:
      - name: idx_visitor
        columns: [visitor]
permissions:
  - role: user
    tables:
      visits: [read]
`;

/** A small extension that is sound, as files in memory. It shares nothing with the one in this repository. */
export const soundFiles: Readonly<Record<string, string>> = {
  '.env.example':
    'KIKET_WEBHOOK_SECRET=\nKIKET_SETTING_COLOR=\nKIKET_SETTING_GUARDS=\nKIKET_SETTING_CAMERA_URL=\n# KIKET_SETTING_HOME_BOARD=\nKIKET_SECRET_CAMERA_TOKEN=\n',
  '.github/workflows/ci.yml': 'on: push\njobs: { a: { runs-on: ubuntu-24.04, steps: [{ run: "true" }] } }\n',
  '.kiket/manifest.yaml': manifest,
  '.kiket/modules/visits/dbt/dbt_project.yml':
    "name: visits\nversion: '1.0.0'\nconfig-version: 2\nprofile: kiket\nmodel-paths: [models]\n",
  '.kiket/modules/visits/dbt/models/daily.sql':
    "select * from {{ source('gate', 'visits') }}\n-- {{ env_var('KIKET_INSTALLATION_ID') }}\n",
  '.kiket/modules/visits/dbt/models/schema.yml':
    'version: 2\nsources:\n  - name: gate\n    schema: "{{ env_var(\'DBT_INSTALLATION_SCHEMA\', target.schema) }}"\n    tables:\n      - name: visits\nmodels:\n  - name: daily\n',
  '.kiket/modules/visits/dbt/profiles.yml': `kiket:
  target: all
  outputs:
    all:
      type: postgres
      host: localhost
      port: 5432
      user: gate
      pass: "{{ env_var('INSTALLATION_SECRET_CAMERA_TOKEN') }}"
      dbname: gate
      schema: "{{ env_var('DBT_INSTALLATION_SCHEMA') }}"
`,
  '.kiket/modules/visits/schema.yml': schema,
  LICENSE: 'MIT\n',
  'README.md': '# Gate\n',
  'docs/CHANGELOG.md': '# Changes\n\n## [Unreleased]\n\n## 2.1.0 - 2026-01-02\n\n## 2.0.0\n',
  'docs/README.md': '# Gate\n',
  'docs/getting-started.md': '# Getting started\n',
  'package-lock.json': '{}\n',
  'package.json': `{
  "version": "2.1.0",
  "scripts": {
    "build": "node scripts/build.js",
    "lint": "true",
    "test": "true"
  },
  "dependencies": {
    "esbuild": "1.0.0"
  },
  "devDependencies": {
    "typescript": "1.0.0"
  }
}
`,
  'replay/close.json': '{ "action_key": "close_gate", "context": { "issue": { "id": 1 } } }\n',
  'replay/created.json': '{ "event": "issue.created", "issue": { "id": 1 } }\n',
  'replay/move.json':
    '{\n  "event": "workflow.before_transition",\n  "issue": { "id": 1 },\n  "transition": { "from": "open", "to": "done" }\n}\n',
  'replay/open.json': '{ "action_key": "open_gate", "context": { "issue": { "id": 1 } } }\n',
  'replay/scenario.yaml': `- part: All
  steps:
    - { send: close.json, http: 200, answer: {} }
    - { send: created.json, http: 200, answer: {} }
    - { send: move.json, http: 200, answer: {} }
    - { send: open.json, http: 200, answer: {} }
`,
  'scripts/build.js':
    "import { readFileSync } from 'node:fs';\nimport { build } from 'esbuild';\nawait build(readFileSync);\n",
  'src/extension.ts': `import { noteVisit, openGate } from './visits.ts';

export const extension: Extension = {
  guards: { keepOut: () => allow() },
  listeners: { 'issue.created': noteVisit },
  actions: { open_gate: openGate, close_gate: openGate },
};
`,
  'src/visits.ts': `export async function noteVisit({ issue }, context) {
  const { endpoints } = context;
  await context.ifAllowed('comments:write', () => context.kiket.issues.comment(issue.key, 'Welcome.'));
  const rows = endpoints.customData(issue.projectId);
  await rows.create('com.acme.gate.visits', 'visits', {});
}

export async function openGate({ issue }, { endpoints: { issues } }) {
  await issues.get(issue.key);
}
`,
  'test/gate_test.ts': '',
  'tsconfig.json': '{}\n',
};

/** The handlers of the sound extension, as they are after an import. */
export const soundTable: HandlerTable = {
  file: 'src/extension.ts',
  guards: tableOf('keepOut'),
  listeners: tableOf('issue.created'),
  actions: tableOf('open_gate', 'close_gate'),
};

/** A part of a table of handlers, of which only the names count. */
export function tableOf(...names: string[]): HandlerTable['guards'] {
  return Object.fromEntries(names.map((name) => [name, () => {}])) as unknown as HandlerTable['guards'];
}
