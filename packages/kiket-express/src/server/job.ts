import type { Logger } from 'pino';
import { createClient, type JobClient } from '../client/jobClient.ts';
import type { Settings } from '../extension/extension.ts';
import { SetupError } from '../errors.ts';
import { setOnly, type Environment } from './config.ts';
import type { EarlierStep } from './kiket.ts';
import { openKiket } from './open.ts';
import type { Project } from './setup.ts';
import { refuseToStart } from './start.ts';

/** What a job gets: the server's database, and a client with the installation's key or the workspace token. */
export interface Job {
  extensionId: string;
  kiket: JobClient;
  log: Logger;
  /** As in `Kiket`, for one organization. Throws a {@link SetupError} if it isn't clear which. */
  earlierSteps: (name: string) => Promise<EarlierStep[]>;
  close: () => Promise<void>;
}

/**
 * Runs work outside a delivery, such as a maintenance script, then closes what it opened. A {@link SetupError} is printed
 * without a stack trace, and the exit code is 1.
 *
 * @param readEnv adds to the environment, such as {@link readDotenv}
 */
export async function runJob<S extends Settings>(
  project: Project<S>,
  readEnv: () => Environment,
  work: (job: Job) => Promise<void>,
): Promise<void> {
  try {
    const job = await openJob(project, { ...readEnv(), ...setOnly(process.env) });
    try {
      await work(job);
    } finally {
      await job.close();
    }
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    refuseToStart(error);
  }
}

/**
 * Opens an extension for work outside a delivery.
 *
 * @throws SetupError if the manifest, the environment or the settings are invalid, or no key is set
 */
export async function openJob<S extends Settings>(project: Project<S>, env: Environment): Promise<Job> {
  const { config, manifest, log, earlierSteps, close } = await openKiket(project, { LOG_LEVEL: 'warn', ...env });
  const { id: extensionId, version: extensionVersion } = manifest;
  const { extensionApiKey: apiKey, workspaceToken } = config.credentials;
  try {
    if (apiKey === undefined && workspaceToken === undefined) {
      const problem = 'Set KIKET_EXTENSION_API_KEY or KIKET_WORKSPACE_TOKEN. Outside a delivery, calls need a key.';
      throw new SetupError([problem]);
    }
    return {
      extensionId,
      kiket: createClient({ apiKey, workspaceToken, baseUrl: config.baseUrl, extensionId, extensionVersion }),
      log,
      earlierSteps: async (name) => ofOneOrganization(await earlierSteps(name), config.organizationId),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A key belongs to one organization, which must not get another's data. */
function ofOneOrganization(steps: EarlierStep[], organizationId: string | undefined): EarlierStep[] {
  if (organizationId !== undefined) return steps.filter(({ organization }) => organization === organizationId);
  const named = new Set(steps.map(({ organization }) => organization));
  if (named.size <= 1) return steps;
  throw new SetupError([
    `KIKET_ORGANIZATION_ID is not set, and there are several organizations: ${[...named].join(', ')}. Set it to the one that the key belongs to.`,
  ]);
}
