import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startTestApi } from 'kiket-express/testing';
import { loadScenario, readPayload } from '../../src/replay/scenario.ts';
import { send } from '../../src/replay/send.ts';

function payloadPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guardian-payload-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'payload.json');
}

test.each([
  ['{"event": "issue.created",}', '1:27'],
  ['', '1:1'],
  ["{\n\n'event': 1}", '3:1'],
])('a payload that is %j is named with file and line', (text, place) => {
  const path = payloadPath();
  writeFileSync(path, text);
  expect(() => readPayload(path)).toThrow(`payload.json:${place} This is not JSON`);
});

test.each<[string, (path: string) => void, string]>([
  ['not there', () => {}, 'is missing'],
  ['a folder', (path) => mkdirSync(path), 'is a folder'],
  ['a device', (path) => symlinkSync('/dev/null', path), 'is a pipe, a socket or a device'],
  ['a link that leads nowhere', (path) => symlinkSync('gone', path), "is a link to a file that doesn't exist"],
  ['UTF-16', (path) => writeFileSync(path, '\ufeff{}', 'utf16le'), "isn't UTF-8 text"],
])('a payload that is %s is named', (_what, make, problem) => {
  const path = payloadPath();
  make(path);
  expect(() => readPayload(path)).toThrow(`payload.json ${problem}`);
});

const scenarioOf = (payload: string, http: unknown = 200) =>
  JSON.stringify([
    { part: 'One', steps: [{ send: payload, http, answer: {} }] },
    { part: 'Two', steps: [{ send: 'payload.json', http: 200, answer: {} }] },
  ]);

test.each([
  ['a payload that is missing', scenarioOf('gone.json'), /gone\.json is missing\. .*copy of payload\.json/],
  ['a step that is wrong', scenarioOf('payload.json', 'ok'), /scenario\.yaml isn't a scenario.*http/s],
  ['nothing in it', '', /scenario\.yaml isn't a scenario/],
])('a scenario with %s says what to do', (_what, text, message) => {
  const path = payloadPath();
  writeFileSync(path, '{}');
  const scenario = join(path, '..', 'scenario.yaml');
  writeFileSync(scenario, text);
  expect(() => loadScenario(scenario)).toThrow(message);
});

test('a server that redirects gets nothing sent elsewhere', async () => {
  const api = await startTestApi([{ status: 307, headers: { Location: '/elsewhere' } }]);
  onTestFinished(api.close);
  expect(await send({ url: `${api.url}/webhook`, secret: 'secret' }, '{}')).toMatchObject({ http: 307, text: '' });
  expect(api.calls.map(({ path }) => path)).toEqual(['/webhook']);
});

test("a server whose answer doesn't end is refused", async () => {
  const api = await startTestApi((_call, response) => {
    const write = () => {
      while (response.write('x'.repeat(65_536)));
    };
    response.on('drain', write);
    write();
  });
  onTestFinished(api.close);
  await expect(send({ url: api.url, secret: 'secret' }, '{}')).rejects.toThrow('larger than 5 MB');
});
