/**
 * The one table of everything that can go wrong with a delivery.
 *
 * 4xx: the delivery is rejected. 5xx: we failed, so Kiket should deliver it again. Each message says what's wrong, the likely
 * cause and what to do, and is safe to show to anyone. Codes are stable: logs, metrics and tests use them. `isLasting` marks
 * problems that waiting doesn't solve.
 */
export const problems = {
  signature_missing: {
    httpStatus: 401,
    message:
      'The X-Kiket-Signature header is missing. Only Kiket calls this URL. Sign the body with the webhook secret (HMAC SHA-256, hex).',
  },
  signature_malformed: {
    httpStatus: 401,
    message:
      'X-Kiket-Signature must be 64 hex digits, optionally prefixed with "sha256=". Check that the header is sent only once.',
  },
  signature_mismatch: {
    httpStatus: 401,
    message:
      "The signature doesn't match the body. Check that both sides use the same secret and that no proxy rewrites the body.",
  },
  timestamp_malformed: {
    httpStatus: 401,
    message: 'X-Kiket-Timestamp must be Unix seconds or an ISO 8601 time. Send the timestamp that was signed.',
  },
  timestamp_stale: {
    httpStatus: 401,
    message:
      'The delivery was signed too long ago, or in the future. Check both clocks. To send a recorded delivery again, sign it again.',
  },
  freshness_unproven: {
    httpStatus: 401,
    message:
      "The signature doesn't cover a timestamp, so the body needs a recent time (authentication.expires_at, a JWT, occurred_at, createdAt, timestamp or received_at). For local development, KIKET_ALLOW_UNTIMED_SIGNATURES=1 turns this check off.",
  },
  token_invalid: {
    httpStatus: 401,
    message:
      "Kiket didn't sign the body's runtime token for this delivery, or the token has expired. Check KIKET_BASE_URL and both clocks.",
  },
  metrics_unauthorized: {
    httpStatus: 401,
    message: '/metrics requires a bearer token. Send Authorization: Bearer with the value of METRICS_TOKEN.',
  },
  body_incomplete: {
    httpStatus: 400,
    message: "The request ended early or isn't valid HTTP. Send it again with a correct Content-Length.",
  },
  headers_too_large: {
    httpStatus: 431,
    message: 'The path and headers are larger than 16 KiB. Check what a proxy adds to them.',
  },
  body_too_large: {
    httpStatus: 413,
    message: 'The body is larger than 512 KiB. Kiket sends at most 500 KB.',
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
    message: "The body isn't a JSON object in UTF-8. Send the delivery exactly as Kiket created it.",
  },
  delivery_invalid: {
    httpStatus: 422,
    message: "The body isn't a delivery that this extension understands. Compare it with the payloads in replay/.",
  },
  event_missing: {
    httpStatus: 422,
    message:
      'Neither the body, the path nor the X-Kiket-Event header names an event or an action. Add one to the body.',
  },
  event_mismatch: {
    httpStatus: 400,
    message:
      'The signed body names two events, or the path or the X-Kiket-Event header names a different one. The body decides. Send one event, with a path and a header that match it or name none.',
  },
  tenant_mismatch: {
    httpStatus: 400,
    message:
      'The signed body names two tenants, or X-Kiket-Organization or X-Kiket-Project names a different one. The body decides. Send one tenant, with headers that match it.',
  },
  version_mismatch: {
    httpStatus: 400,
    message: "The event version isn't this extension's api_version. Send that version, or none.",
  },
  path_unknown: { httpStatus: 404, message: 'Nothing is served at this path. Send deliveries to POST /webhook.' },
  path_malformed: {
    httpStatus: 400,
    message: "The path isn't properly percent-encoded. Send deliveries to POST /webhook.",
  },
  method_not_allowed: { httpStatus: 405, message: "This path doesn't support that method. See the Allow header." },
  overloaded: { httpStatus: 503, message: 'Too many deliveries at once. Deliver it again after Retry-After seconds.' },
  not_ready: { httpStatus: 503, message: "The store isn't available. Try again in a second." },
  not_started: {
    httpStatus: 503,
    message: "The extension couldn't start. Its log says what to fix. Deliver it again after that.",
  },
  delivery_in_progress: {
    httpStatus: 503,
    message: 'This delivery is already being handled. Deliver it again after Retry-After seconds to get its answer.',
  },
  deadline_exceeded: { httpStatus: 503, message: "The handler didn't finish in time. Deliver it again." },
  store_unavailable: { httpStatus: 503, message: "The store can't be reached. Deliver it again." },
  token_keys_unavailable: {
    httpStatus: 503,
    message: "Kiket's public keys couldn't be fetched, so the runtime token couldn't be verified. Deliver it again.",
  },
  kiket_unavailable: {
    httpStatus: 503,
    message: "Kiket can't be reached, limits the rate of calls, or answered with an error. Deliver it again.",
  },
  service_unavailable: {
    httpStatus: 503,
    message: "A service that the handler needs can't be reached, or answered with an error. Deliver it again.",
  },
  // 500 and not 4xx: the mistake is ours or in the installation, not in the delivery.
  kiket_refused: {
    httpStatus: 500,
    isLasting: true,
    message:
      "Kiket refused a call from this extension, or sent an answer that the extension doesn't understand. The log says why.",
  },
  credential_missing: {
    httpStatus: 500,
    isLasting: true,
    message:
      'There is no credential to call Kiket with. The delivery has no runtime token, or an expired one. Outside a delivery, set KIKET_EXTENSION_API_KEY or KIKET_WORKSPACE_TOKEN.',
  },
  // Kiket doesn't deliver again after a 403. The token would have the same scopes.
  scope_missing: {
    httpStatus: 403,
    isLasting: true,
    message:
      'The runtime token lacks a scope that this handler needs. Add it to the manifest, then approve it in the installation.',
  },
  handler_failed: { httpStatus: 500, message: 'The handler failed. The log says why. Deliver it again.' },
  // These appear only in a guard's answer (HTTP 200), as metadata.failure.
  guard_failed: { httpStatus: 500, message: 'A guard threw an error.' },
  decision_invalid: {
    httpStatus: 500,
    isLasting: true,
    message: "A guard returned something that isn't a decision.",
  },
  guard_missing: { httpStatus: 500, isLasting: true, message: 'No guard is registered for this event.' },
  field_unknown: {
    httpStatus: 500,
    isLasting: true,
    message:
      "A guard needs a field that the delivery doesn't include, and the token can't read the issue. Add issues:read to the manifest, then approve it in the installation.",
  },
  settings_invalid: {
    httpStatus: 500,
    isLasting: true,
    message:
      "Kiket sent invalid settings for this installation. Correct them in the installation's configuration in Kiket.",
  },
  transition_missing: {
    httpStatus: 500,
    isLasting: true,
    message: "The delivery doesn't say which issue moves, or to which status.",
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
   * in the answer
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
 * The extension can't start with this setup. `problems` has one line for each problem, so that all of them can be fixed at
 * once. It's printed without a stack trace.
 */
export class SetupError extends Error {
  override readonly name = 'SetupError';
  readonly problems: readonly string[];

  constructor(problemLines: readonly string[]) {
    super(problemLines.join('\n'));
    this.problems = problemLines;
  }
}
