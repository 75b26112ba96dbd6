/* For tools: what the receiver reads from a project, and which event names mean the same. */
export { endpointScopes } from '../client/endpointScopes.ts';
export { missingScopes } from '../client/scopes.ts';
export { findHandlerGaps } from '../extension/handlers.ts';
export { secretName } from '../extension/secrets.ts';
export { parseDelivery } from '../receive/parse.ts';
export { actionPrefix, canonicalEvent, guardEvent } from '../envelope/events.ts';
export { readDotenv } from '../server/dotenvFile.ts';
export { makeFolder } from '../store/makeFolder.ts';
export { isNear } from '../text/near.ts';
export {
  actionKeyOf,
  findManifest,
  loadManifest,
  manifestPlaces,
  parseManifest,
  readExtensionPart,
  readManifest,
  type Manifest,
} from './manifest.ts';
export {
  actionSchema,
  callbackSchema,
  commandSchema,
  hookSchema,
  manifestSchema,
  workflowActionSchema,
} from './manifestSchema.ts';
export { configurationFieldSchema, loadSettings, settingPrefix } from './settings.ts';
export { readTextFile } from './textFile.ts';
