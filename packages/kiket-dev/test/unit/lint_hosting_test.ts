import { describe, expect, test } from 'vitest';
import { compareProblems, lintChanged, type Edits } from '../support/soundExtension.ts';

const manifest = '.kiket/manifest.yaml';
const json = 'package.json';
const managed: Edits = {
  [manifest]: [['  hooks:', '  hosting: { tier: minimal, egress: [camera.example.com] }\n  hooks:']],
};

/** `package.json` with this build script; typescript is the only development dependency. */
const build = (script: string, mark = '¦'): Edits => ({
  [json]: [
    ['"build": "node scripts/build.js"', `"build": ${script}`],
    ['"typescript"', `${mark}"typescript"`],
  ],
});

const container = (...lines: string[]): Edits => ({
  Dockerfile: ['FROM node:24 AS build', ...lines, ''].join('\n'),
  [json]: [['"build": "node scripts/build.js"', '"build": "node scripts/build.js", "compile": "tsc"']],
});

describe('a build that Kiket would run:', () => {
  test.each<[string, Edits, string[]]>([
    ['it runs a script', build('"npm run compile", "compile": "tsc"'), ['warning hosting-compiler']],
    [
      'it runs one after another',
      build('"npm run clean && npm run --silent compile -- --force", "clean": "true", "compile": "tsc"'),
      ['warning hosting-compiler'],
    ],
    ['something goes before it', build('"true", "prebuild": "tsc"'), ['warning hosting-compiler']],
    ['something goes after it', build('"true", "postbuild": "tsc"'), ['warning hosting-compiler']],
    [
      'two scripts run each other',
      build('"npm run other && tsc", "other": "npm run build"'),
      ['warning hosting-compiler'],
    ],
    ['a variable is set for it', build('"NODE_ENV=production tsc"'), ['warning hosting-compiler']],
    ['it is called by its path', build('"./node_modules/.bin/tsc -p ."'), ['warning hosting-compiler']],
    ['npx runs it', build('"npx --no tsc"'), ['warning hosting-compiler']],
    ['npx fetches it', build('"npx --yes tsc"', ''), []],
    [
      'cross-env runs it, and is as far away',
      {
        [json]: [
          ...asEdits(build('"cross-env A=b tsc"')),
          ['"devDependencies": {', '"devDependencies": { ¦"cross-env": "1",'],
        ],
      },
      ['warning hosting-compiler', 'warning hosting-compiler'],
    ],
    ['it is loaded before', build('"node --import typescript scripts/build.js"'), ['warning hosting-compiler']],
    [
      'a file of the build script loads it',
      {
        ...build('"node scripts/build.js"'),
        'scripts/build.js': "import './compile';\n",
        'scripts/compile.js': "import './build.js';\nconst { transpile } = require('typescript');\n",
      },
      ['warning hosting-compiler'],
    ],
    ['another script needs it', build('"true", "types": "tsc"', ''), []],
    [
      'a file is only an argument',
      { ...build('"tar -c scripts/types.js"', ''), 'scripts/types.js': "import 'typescript';\n" },
      [],
    ],
    [
      'Kiket hosts it: that is graver',
      { ...managed, ...build('"npm run compile", "compile": "tsc"') },
      ['error hosting-compiler'],
    ],
    ['no lock file', { 'package-lock.json': null }, ['package-lock.json:1:1 warning hosting-lock-file']],
    ['no tsconfig.json', { 'tsconfig.json': null }, ['tsconfig.json:1:1 warning hosting-build']],
    ['an extension in another language', { [json]: null, 'package-lock.json': null }, []],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });
});

function asEdits(edits: Edits): [string, string][] {
  return edits[json] as [string, string][];
}

describe('what the server imports:', () => {
  const marked: Edits = { [json]: [['"typescript"', '¦"typescript"']] };
  const imported = (statement: string, edits: Edits = {}): Edits => ({ 'src/app.ts': `${statement}\n`, ...edits });
  test.each<[string, Edits, string[]]>([
    ['a development dependency', imported("import ts from 'typescript';", marked), ['error dependency-dev']],
    ['a part of one', imported("import ts from 'typescript/lib/all.js';", marked), ['error dependency-dev']],
    ['one as it goes along', imported("await import('typescript');", marked), ['error dependency-dev']],
    ['one that it passes on', imported("export * from 'typescript';", marked), ['error dependency-dev']],
    ['Kiket hosts it', { ...managed, ...imported("import 'typescript';", marked) }, ['error dependency-dev']],
    ['types', imported("import type { Node } from 'typescript';\nimport { type Node as N } from 'typescript';"), []],
    ['types that it passes on', imported("export type { Node } from 'typescript';"), []],
    ['a dependency', imported("import 'esbuild';\nimport 'node:fs';\nimport '#own';"), []],
    [
      'an optional dependency',
      imported("import 'typescript';", {
        [json]: [['"dependencies"', '"optionalDependencies": { "typescript": "1" },\n  "dependencies"']],
      }),
      [],
    ],
    ['a test next to it', { 'src/app_test.ts': "import 'typescript';\n" }, []],
    [
      'what only functions need',
      {
        'src/lambda.ts': "import './serverless.js';\n",
        'src/vercel.ts': "import 'typescript';\n",
        'src/serverless.ts': "import 'typescript';\n",
      },
      [],
    ],
    [
      'what a function and the server need',
      {
        'src/vercel.ts': "import './app.ts';\n",
        'src/index.ts': "import './app';\n",
        'src/app.ts': "import 'typescript';\n",
        ...marked,
      },
      ['error dependency-dev'],
    ],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });

  test('it is told once, with the file that imports it', async () => {
    const { problems } = await lintChanged({
      'src/app.ts': "\nimport 'typescript';\n",
      'src/server.ts': "import 'typescript';\n",
    });
    expect(problems).toMatchObject([
      {
        message:
          'src/app.ts (line 2) imports typescript, and a server that is installed for production does not have it.',
        hint: 'Move typescript to dependencies: npm install --save-prod --save-exact typescript.',
      },
    ]);
  });
});

describe('a Dockerfile:', () => {
  test.each<[string, Edits, string[]]>([
    ['it builds with what it has', container('RUN npm ci --omit=dev', 'RUN npm run build'), []],
    [
      'it builds with what it has left out',
      container('RUN npm ci --omit=dev', 'RUN ¦npm run compile'),
      ['error docker-dev-dependency'],
    ],
    [
      'it does so, and the manifest says that Kiket hosts it',
      { ...managed, ...container('RUN npm ci --omit=dev', 'RUN ¦npm run compile') },
      ['error docker-dev-dependency'],
    ],
    [
      'in one instruction',
      container('RUN npm ci --omit=dev && \\', '  # then', '  ¦npx tsc'),
      ['error docker-dev-dependency'],
    ],
    [
      'NODE_ENV leaves it out',
      container('ENV NODE_ENV=production', 'RUN --mount=type=cache,target=/root npm ci', 'RUN --network=none ¦tsc'),
      ['error docker-dev-dependency'],
    ],
    ['and is told not to', container('ENV NODE_ENV=production', 'RUN npm ci --include=dev', 'RUN tsc'), []],
    ['NODE_ENV comes later', container('RUN npm ci', 'ENV NODE_ENV=production', 'RUN tsc'), []],
    ['it is left out after the build', container('RUN npm ci', 'RUN tsc && npm prune --omit=dev'), []],
    [
      'it is left out before the build',
      container('RUN npm ci && npm prune --production', 'RUN ¦tsc'),
      ['error docker-dev-dependency'],
    ],
    ['it has the rest before the build', container('RUN npm ci --omit=dev', 'RUN npm ci', 'RUN npm run compile'), []],
    [
      'npm itself is installed',
      container('RUN npm ci --omit=dev', 'RUN npm i -g npm', 'RUN ¦tsc'),
      ['error docker-dev-dependency'],
    ],
    ['nothing tells what is there', container('RUN npm run compile'), []],
    ['a comment', container('RUN npm ci --omit=dev', '# RUN tsc'), []],
    [
      'another stage has it all',
      container('RUN npm ci', 'FROM node:24', 'RUN npm ci --omit=dev', 'FROM build', 'RUN tsc'),
      [],
    ],
    [
      'a stage goes on from one that has not',
      container('RUN npm ci --production', 'FROM --platform=linux/amd64 build as next', 'RUN ¦tsc'),
      ['error docker-dev-dependency'],
    ],
    [
      'a stage takes what another has',
      container(
        'RUN npm ci --omit dev',
        'FROM node:24',
        'COPY --from=build /app/node_modules node_modules',
        'CMD ["¦npm", "run", "compile"]',
      ),
      ['error docker-dev-dependency'],
    ],
  ])('%s', async (_title, edits, rules) => {
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });

  test.each(['Dockerfile', 'Dockerfile.prod', '.github/workflows/ci.yml'])('%s needs the lock file', async (file) => {
    const line = file.startsWith('Docker') ? 'RUN' : '      - run:';
    const edits = { 'package-lock.json': null, [file]: `# npm ci comes later\n${line} ¦npm ci\n` };
    const rules = ['package-lock.json:1:1 warning hosting-lock-file', 'error lock-file'];
    const { found, expected } = await compareProblems(edits, rules);
    expect(found).toEqual(expected);
  });
});
