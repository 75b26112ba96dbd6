import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import request from 'supertest';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadConfig } from '../../../kiket-express/src/server/config.ts';
import { projectRoot } from '../support/folders.ts';
import { openApp } from '../support/app.ts';

const read = (...path: string[]) => readFileSync(join(projectRoot, ...path), 'utf8');
const readPage = (name: string) => read('docs', 'hosting', name);

interface Probe {
  httpGet: { path: string; port: string | number };
}

interface Container {
  ports: { name?: string; containerPort: number }[];
  env: { name: string; value?: string; valueFrom?: { secretKeyRef: { name: string; key: string } } }[];
  startupProbe: Probe;
  readinessProbe?: Probe;
  livenessProbe: Probe;
}

interface PodTemplate {
  spec: { containers: [Container] };
}

const [deployment] = parseAllDocuments(readPage('kubernetes.yaml')).map((document) => document.toJS() as unknown) as [
  { spec: { template: PodTemplate } },
];
const pod = deployment.spec.template;
const cloudRun = (parse(readPage('cloud-run.yaml')) as { spec: { template: PodTemplate } }).spec.template;
const dockerfile = read('Dockerfile');

describe.each([
  ['kubernetes.yaml', pod],
  ['cloud-run.yaml', cloudRun],
])('docs/hosting/%s', (_name, { spec }) => {
  const [container] = spec.containers;

  test('sends deliveries and probes to the port of the image', () => {
    const [port] = container.ports;
    expect(port?.containerPort).toBe(loadConfig({}).port);
    expect(dockerfile).toContain(`EXPOSE ${port?.containerPort}`);
    for (const { httpGet } of probesOf(container)) expect([port?.name, port?.containerPort]).toContain(httpGet.port);
  });

  test('probes paths that answer: ready when the store can be used, alive without it', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { app, dependencies } = await openApp();
    for (const { httpGet } of probesOf(container)) expect((await request(app).get(httpGet.path)).status).toBe(200);
    await dependencies.store.close();
    // What was found holds for a second.
    vi.advanceTimersByTime(1_000);
    const paths = probesOf(container).map(({ httpGet }) => httpGet.path);
    const statuses = await Promise.all(paths.map(async (path) => (await request(app).get(path)).status));
    expect(paths.filter((_path, index) => statuses[index] === 200)).toEqual([container.livenessProbe.httpGet.path]);
  });

  test('names settings that exist, and takes secrets from where secrets are', () => {
    const settings = [...read('.env.example').matchAll(/^([A-Z_]+)=/gm)].map(([, setting]) => setting);
    const names = container.env.map(({ name }) => name);
    expect(settings).toEqual(expect.arrayContaining(names));
    expect(names).toEqual(['KIKET_WEBHOOK_SECRET', 'DATABASE_URL', 'METRICS_TOKEN']);
    for (const { value, valueFrom } of container.env) {
      expect([value, valueFrom]).toEqual([undefined, { secretKeyRef: expect.any(Object) as object }]);
    }
  });
});

function probesOf({ startupProbe, readinessProbe, livenessProbe }: Container): Probe[] {
  return [startupProbe, ...(readinessProbe === undefined ? [] : [readinessProbe]), livenessProbe];
}
