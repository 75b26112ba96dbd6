/**
 * The one table of everything that can go wrong with a delivery.
 *
 * 4xx: the delivery is rejected. 5xx: we failed, so Kiket should deliver it again. The messages say what is wrong, what
 * probably caused it and what to do, and are safe to show to a stranger. Codes are stable: logs, metrics and tests use them.
 * What is lasting is not mended by waiting.
 */
export const problems = {
  signature_missing: {
    httpStatus: 401,
    message:
      'There is no X-Kiket-Signature header. Only Kiket calls this URL; sign the body with the webhook secret (HMAC SHA-256, hex).',
  },
  signature_malformed: {
    httpStatus: 401,
    message: 'X-Kiket-Signature is not 64 hex digits, with or without "sha256=" in front. Was the header sent twice?',
  },
  signature_mismatch: {
    httpStatus: 401,
    message:
      'The signature does not match the body. Check that both sides have the same secret and that no proxy rewrites the body.',
  },
  timestamp_malformed: {
    httpStatus: 401,
    message: 'X-Kiket-Timestamp is neither Unix seconds nor an ISO 8601 time. Send the one that was signed.',
  },
  timestamp_stale: {
    httpStatus: 401,
    message: 'The delivery was signed too long ago or in the future. Check both clocks; a recorded one is signed anew.',
  },
  freshness_unproven: {
    httpStatus: 401,
    message:
      'A signature without a signed timestamp needs a fresh time inside the body (authentication.expires_at, a JWT, occurred_at, createdAt, timestamp or received_at). On a laptop, KIKET_ALLOW_UNTIMED_SIGNATURES=1 lifts this.',
  },
  token_invalid: {
    httpStatus: 401,
    message:
      'The runtime token in the body is not one that Kiket signed for this delivery, or it has expired. Check KIKET_BASE_URL and both clocks.',
  },
  metrics_unauthorized: {
    httpStatus: 401,
    message: 'The metrics want a bearer token. Send Authorization: Bearer and the value of METRICS_TOKEN.',
  },
  body_incomplete: {
    httpStatus: 400,
    message: 'The request ended early or is not HTTP. Send it again, with a Content-Length that fits.',
  },
  headers_too_large: {
    httpStatus: 431,
    message: 'Path and headers are larger than 16 KiB together. Send what Kiket sends, and look at what a proxy adds.',
  },
  body_too_large: {
    httpStatus: 413,
    message: 'The body is larger than 512 KiB. Kiket sends at most 500 KB: send less.',
  },
  content_type_unsupported: {
    httpStatus: 415,
    message: 'Send the delivery as Content-Type: application/json, in UTF-8.',
  },
  content_encoding_unsupported: {
    httpStatus: 415,
    message: 'Send the body uncompressed: the signature covers the bytes as they arrive.',
  },
  json_invalid: {
    httpStatus: 400,
    message: 'The body is not one JSON object in UTF-8. Send the delivery as Kiket made it.',
  },
  delivery_invalid: {
    httpStatus: 422,
    message: 'The body is not a delivery that this extension understands. Compare it with the payloads in replay/.',
  },
  event_missing: {
    httpStatus: 422,
    message:
      'Neither the body, the path nor the X-Kiket-Event header names an event or an action. Name it in the body.',
  },
  event_mismatch: {
    httpStatus: 400,
    message:
      'The signed body names two events, or the path or the X-Kiket-Event header names another one than the body. The body decides: send one event, and a path and a header that belong to it, or neither.',
  },
  tenant_mismatch: {
    httpStatus: 400,
    message:
      'The signed body names two tenants, or X-Kiket-Organization or X-Kiket-Project names another one than the body. The body decides: send one tenant, and headers that belong to it.',
  },
  version_mismatch: {
    httpStatus: 400,
    message: 'The event version is not the api_version of this extension. Send that one, or none.',
  },
  path_unknown: { httpStatus: 404, message: 'There is nothing here. Deliveries go to POST /webhook.' },
  path_malformed: {
    httpStatus: 400,
    message: 'The path is not properly percent-encoded. Deliveries go to POST /webhook.',
  },
  method_not_allowed: { httpStatus: 405, message: 'This path does not take that method; see the Allow header.' },
  overloaded: { httpStatus: 503, message: 'Too many deliveries at once. Deliver it again after Retry-After seconds.' },
  not_ready: { httpStatus: 503, message: 'The store cannot be used at the moment. Ask again in a second.' },
  not_started: {
    httpStatus: 503,
    message: "The extension couldn't start. Its log says what to fix; deliver it again after that.",
  },
  delivery_in_progress: {
    httpStatus: 503,
    message: 'The same delivery is being handled already. Deliver it again after Retry-After seconds for its answer.',
  },
  deadline_exceeded: { httpStatus: 503, message: 'The work did not finish in time. Deliver it again.' },
  store_unavailable: { httpStatus: 503, message: 'The store cannot be reached. Deliver it again.' },
  token_keys_unavailable: {
    httpStatus: 503,
    message: "Kiket's public keys cannot be fetched, so the runtime token is not verified. Deliver it again.",
  },
  kiket_unavailable: {
    httpStatus: 503,
    message: 'Kiket cannot be reached, takes no more calls at the moment, or answered with an error. Deliver it again.',
  },
  service_unavailable: {
    httpStatus: 503,
    message: 'Another service that is needed cannot be reached, or answered with an error. Deliver it again.',
  },
  // 500 and not 4xx: the mistake is ours, or in how the extension is installed, and not in the delivery.
  kiket_refused: {
    httpStatus: 500,
    isLasting: true,
    message: 'Kiket refused a call of this extension, or answered with what it does not understand. The log says why.',
  },
  credential_missing: {
    httpStatus: 500,
    isLasting: true,
    message:
      'There is nothing to call Kiket with. The delivery brought no runtime token, or one that has expired; outside a delivery KIKET_EXTENSION_API_KEY or KIKET_WORKSPACE_TOKEN is needed.',
  },
  // Kiket does not deliver again after a 403, and it would bring the same scopes.
  scope_missing: {
    httpStatus: 403,
    isLasting: true,
    message:
      'The runtime token lacks a scope that this handler needs. Add it to the manifest, and have the installation approve it.',
  },
  handler_failed: { httpStatus: 500, message: 'The handler failed. The log says why; deliver it again.' },
  // Only ever inside a guard's answer (HTTP 200), as metadata.failure.
  guard_failed: { httpStatus: 500, message: 'A guard broke.' },
  decision_invalid: {
    httpStatus: 500,
    isLasting: true,
    message: 'A guard answered with something that is no decision.',
  },
  guard_missing: { httpStatus: 500, isLasting: true, message: 'No guard is registered for this event.' },
  field_unknown: {
    httpStatus: 500,
    isLasting: true,
    message:
      'A guard needs a field that the delivery does not bring, and the token may not read the issue. Add issues:read to the manifest, and have the installation approve it.',
  },
  settings_invalid: {
    httpStatus: 500,
    isLasting: true,
    message:
      "Kiket sent settings of this installation that can't be used. Correct them in the installation's configuration in Kiket.",
  },
  transition_missing: {
    httpStatus: 500,
    isLasting: true,
    message: 'The delivery does not say which issue moves, or to which status.',
  },
} as const satisfies Record<string, { httpStatus: number; isLasting?: true; message: string }>;

/** A stable name for one row of {@link problems}. */
export type ProblemCode = keyof typeof problems;

/** A delivery was rejected, or we failed to handle it. */
export class DeliveryError extends Error {
  override readonly name: string = 'DeliveryError';
  readonly code: ProblemCode;
  readonly httpStatus: number;
  readonly headers: Readonly<Record<string, string>> | undefined;

  /**
   * @param code the row of {@link problems}; gives HTTP status and message
   * @param options `cause` is for the log only; `detail` is appended to the message and shown to the sender; `headers` go
   * with the answer
   */
  constructor(code: ProblemCode, { cause, detail, headers }: DeliveryErrorOptions = {}) {
    const { httpStatus, message } = problems[code];
    super(detail === undefined ? message : `${message} ${detail}`, { cause });
    this.code = code;
    this.httpStatus = httpStatus;
    this.headers = headers;
  }
}

interface DeliveryErrorOptions {
  cause?: unknown;
  detail?: string;
  headers?: Readonly<Record<string, string>>;
}

/**
 * The extension cannot start as it is set up. `problems` holds one line for each thing that is wrong, so that all can be
 * mended in one go; it is printed without a stack trace.
 */
export class SetupError extends Error {
  override readonly name = 'SetupError';
  readonly problems: readonly string[];

  constructor(problemLines: readonly string[]) {
    super(problemLines.join('\n'));
    this.problems = problemLines;
  }
}
