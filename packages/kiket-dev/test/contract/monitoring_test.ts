import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { problems } from '../../../kiket-express/src/errors.ts';
import { projectRoot } from '../support/folders.ts';
import { deliver, moveToDone, press } from '../../../kiket-express/test/support/deliver.ts';
import { serveApp } from '../support/app.ts';
import { namesIn, readPage, readTable } from '../support/markdown.ts';

interface Rule {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: string };
  annotations: { summary: string };
}

interface ScrapeConfig {
  rule_files: string[];
  scrape_configs: {
    job_name: string;
    metrics_path: string;
    authorization: { type: string };
    static_configs: { labels: object }[];
  }[];
}

const folder = 'packages/kiket-express/docs';
const page = readPage(`${folder}/monitoring.md`).text;
const read = (name: string) => parse(readFileSync(join(projectRoot, folder, name), 'utf8')) as unknown;
const [group] = (read('alerts.yaml') as { groups: { rules: Rule[] }[] }).groups;
const rules = group?.rules ?? [];
const config = read('prometheus.yaml') as ScrapeConfig;
const [scrape] = config.scrape_configs;

/** Labels and their values, as selectors and samples write them. */
const labelsIn = (text: string) =>
  [...text.matchAll(/(\w+)(?:=~|!=|=)"([^"]*)"/g)].map(([, name = '', value = '']) => [name, value] as const);

/** The metrics that an expression asks for, and by which labels. */
function selectorsIn(expression: string) {
  const selectors = expression.matchAll(/\b(up|kiket_\w+)(?:\{([^}]*)\})?/g);
  return [...selectors].map(([, metric = '', labels = '']) => ({
    metric,
    labels: Object.fromEntries(labelsIn(labels)),
  }));
}

/** Reads an exposition: name of each sample → its labels → one of their values. */
function readSamples(exposition: string): Record<string, Record<string, string>> {
  const samples: Record<string, Record<string, string>> = {};
  for (const [, metric = '', labels = ''] of exposition.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    samples[metric] = { ...samples[metric], ...Object.fromEntries(labelsIn(labels)) };
  }
  return samples;
}

/** What a guardian shows after deliveries of every kind: name of the metric → its labels and their values. */
async function scrapeGuardian() {
  const { port } = await serveApp({
    KIKET_SETTING_CHECKS_URL: 'https://127.0.0.1:1/{issue}',
    METRICS_TOKEN: 'for-prometheus',
  });
  const url = `http://127.0.0.1:${port}`;
  const approval = press('approve_transition');
  for (const payload of [moveToDone(), approval, approval, { event: 'made.up' }]) await deliver(url, payload);
  await deliver(url, moveToDone(), 'another secret');
  const headers = { Authorization: `${scrape?.authorization.type} for-prometheus` };
  const get = async () => (await fetch(url + scrape?.metrics_path, { headers })).text();
  await expect.poll(get).toContain('outcome="signature_mismatch"');
  return readSamples(await get());
}

/** What Prometheus itself knows about each target. */
const ofPrometheus = { job: '', instance: '', ...scrape?.static_configs[0]?.labels };

describe('alerts.yaml', () => {
  test('asks for what a guardian shows, by its labels, and keeps extensions apart that share one Prometheus', async () => {
    const shown: Awaited<ReturnType<typeof scrapeGuardian>> = { ...(await scrapeGuardian()), up: {} };
    for (const { alert, expr } of rules) {
      const grouping = [...expr.matchAll(/\bsum by \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(', '));
      for (const { metric, labels } of selectorsIn(expr)) {
        const known = Object.keys({ ...shown[metric], ...ofPrometheus });
        expect(Object.keys(shown), alert).toContain(metric);
        expect(known, alert).toEqual(expect.arrayContaining([...Object.keys(labels), ...grouping]));
      }
      expect(expr, alert).not.toMatch(/\bsum\b(?! by \(job, extension\b)|\bjob=/);
    }
    expect(rules.length).toBeGreaterThan(4);
  });

  test('counts every 5xx that a delivery can get as a failure, and every signature that does not count', () => {
    const codesOf = (name: string) => {
      const rule = rules.find(({ alert }) => alert === name);
      return selectorsIn(rule?.expr ?? '')[0]
        ?.labels['outcome']?.split('|')
        .toSorted();
    };
    const elsewhere = [
      'delivery_in_progress',
      'not_ready',
      'not_started',
      'guard_failed',
      'decision_invalid',
      'guard_missing',
      'transition_missing',
    ];
    const failures = Object.entries(problems).filter(
      ([code, { httpStatus }]) => httpStatus >= 500 && !elsewhere.includes(code),
    );
    expect(codesOf('ExtensionFailing')).toEqual(failures.map(([code]) => code).toSorted());
    // The others of 401 come from strangers too.
    expect(codesOf('ExtensionRefusesKiket')).toEqual(
      ['freshness_unproven', 'signature_mismatch', 'timestamp_stale', 'token_invalid'].toSorted(),
    );
  });
});

describe('monitoring.md', () => {
  test('has every metric of the guardian with its labels', async () => {
    const shown = Object.entries(await scrapeGuardian()).filter(([metric]) => metric.startsWith('kiket_'));
    const expected = shown
      .filter(([metric]) => !/_(?:bucket|sum)$/.test(metric))
      .map(([metric, labels]) => [
        metric.replace(/_count$/, ''),
        Object.keys(labels).filter((name) => name !== 'extension'),
      ]);
    const documented = readTable(page, 'Metric').map(([metric, labels]) => [namesIn(metric)[0], namesIn(labels)]);
    expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(expected));
  });

  test('says for every alert where to look', () => {
    expect(readTable(page, 'Alert').map(([alert]) => namesIn(alert)[0])).toEqual(rules.map(({ alert }) => alert));
  });
});
