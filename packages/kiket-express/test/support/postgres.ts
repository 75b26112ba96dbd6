import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { inject, onTestFinished } from 'vitest';
import type { TestProject } from 'vitest/node';
import { createPostgres, runSql } from './postgresServer.ts';

export { createPostgres, runSql, type PostgresServer } from './postgresServer.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A real PostgreSQL server that runs as long as the tests. */
    postgresUrl: string;
    /** Where its PostgreSQL is. */
    postgresNative: string;
  }
}

/** Starts one server for the whole run, and stops it at the end. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const { url, native, remove } = await createPostgres();
  provide('postgresUrl', url);
  provide('postgresNative', native);
  return remove;
}

/** Makes an empty database on the server of this run. */
export async function createPostgresDatabase(): Promise<{ url: string; run: (statement: string) => Promise<void> }> {
  const server = inject('postgresUrl');
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await runSql(`${server}/postgres`, `create database ${name}`);
  const url = `${server}/${name}`;
  return { url, run: async (statement) => void (await runSql(url, statement)) };
}

/** Opens a connection and runs a statement on it, such as one that takes a lock. It ends with the test at the latest. */
export async function openConnection(url: string, statement: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  await client.query(statement);
  return client;
}
