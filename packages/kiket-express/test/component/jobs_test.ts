import { expect, onTestFinished, test } from 'vitest';
import { openJob } from '../../src/server/job.ts';
import { project } from '../fixture/src/project.ts';
import { startFakeKiket } from '../support/fakeKiket.ts';
import { temporaryFolder } from '../support/folders.ts';
import { createGuardian } from '../support/guardian.ts';

const created = { event: 'issue.created', authentication: { runtime_token: 'rt_test', scopes: ['*'] } };

/** A database in which two organizations' deliveries have commented, and the environment of a job over it. */
async function openDatabase() {
  const { url } = await startFakeKiket(() => ({ status: 201, body: { id: 1 } }));
  const databaseUrl = `file:${temporaryFolder()}/jobs.db`;
  const { deliver } = await createGuardian({ databaseUrl, baseUrl: url });
  for (const organization_id of [3, 4])
    await deliver({ ...created, issue: { id: 42, key: 'ORD-42', organization_id } });
  return { DATABASE_URL: databaseUrl, KIKET_BASE_URL: url, KIKET_WORKSPACE_TOKEN: 'wt_example' };
}

async function open(env: Record<string, string>) {
  const job = await openJob(project, env);
  onTestFinished(job.close);
  return job;
}

test('a job finds what the deliveries of its organization did, and goes on there', async () => {
  const job = await open({ ...(await openDatabase()), KIKET_ORGANIZATION_ID: '3' });
  const [comment, ...others] = await job.earlierSteps('comment');
  expect([comment?.organization, others]).toEqual(['3', []]);
  let runs = 0;
  const work = async () => (runs += 1);
  await comment?.step('comment', work);
  await comment?.step('another', work);
  await comment?.step('another', work);
  expect(runs).toBe(1);
});

test('a job has to say whose key it has where there are several organizations', async () => {
  const job = await open(await openDatabase());
  await expect(job.earlierSteps('comment')).rejects.toThrow('KIKET_ORGANIZATION_ID');
});

test('a job needs a key or a token', async () => {
  await expect(openJob(project, { DATABASE_URL: 'file::memory:' })).rejects.toThrow('KIKET_EXTENSION_API_KEY');
});
