/**
 * Every error that a user or another program can meet, declared once: its code, the HTTP status that carries it
 * (null where it never leaves by HTTP), and what it says. Messages carry the values and say what to do next.
 */
const table = {
  BODY_TOO_LARGE: [413, 'the body is larger than the limit'],
  UNSUPPORTED_CONTENT_TYPE: [415, 'the content type is not supported'],
  SIGNATURE_MISSING: [401, 'the delivery carries no signature'],
  SIGNATURE_WRONG: [401, 'the signature matches no configured secret'],
  TOO_MANY_BAD_SIGNATURES: [429, 'too many deliveries from this address matched no secret'],
  DELIVERY_ID_INVALID: [400, 'the delivery id is not a UUID'],
  BODY_NOT_JSON: [400, 'the body is not JSON'],
  REQUEST_MALFORMED: [400, 'the request could not be read'],
  REQUEST_TIMEOUT: [408, 'the request did not arrive in time'],
  HEADERS_TOO_LARGE: [431, 'the request headers are too large'],
  PUSH_INVALID: [422, 'the body is not a push'],
  PARAMETER_INVALID: [400, 'a parameter is not valid'],
  SIGN_IN_REQUIRED: [401, 'sign in with ADMIN_TOKEN, or send it as a bearer token'],
  TOKEN_WRONG: [401, 'this is not the ADMIN_TOKEN'],
  ACCESS_CLOSED: [403, 'this is closed without an ADMIN_TOKEN'],
  CROSS_SITE: [403, 'this does not come from the page itself'],
  TOO_MANY_ATTEMPTS: [429, 'too many attempts with a wrong token; try again later'],
  COUNT_CHANGED: [409, 'another number of them waits now'],
  READ_UNAVAILABLE: [503, 'this cannot be read at the moment'],
  VIEWERS_FULL: [503, 'as many viewers as there may be are connected'],
  NOT_FOUND: [404, 'there is nothing at this address'],
  METHOD_NOT_ALLOWED: [405, 'this address does not take this method'],
  INTERNAL: [500, 'something went wrong here; the log has the details'],
  STORE_UNAVAILABLE: [503, 'the event store did not take the delivery; send it again later'],
  OVERLOADED: [503, 'as many deliveries as can be taken are under way; send it again later'],
  SPOOL_UNAVAILABLE: [503, 'the delivery could be kept neither in the event store nor in the spool'],
  SHUTTING_DOWN: [503, 'the service is stopping; send it again later'],
  CONFIG_INVALID: [null, 'the configuration is not valid'],
  DATABASE_UNREACHABLE: [null, 'the database cannot be reached'],
  EVENT_STORE_UNREACHABLE: [null, 'the event store cannot be reached'],
  LISTEN_FAILED: [null, 'the service cannot listen'],
  EMBEDDED_POSTGRES_FAILED: [null, 'the embedded PostgreSQL did not start'],
  SCHEMA_NEWER: [null, 'a newer version of pushledger has prepared this database'],
  SCHEMA_INCOMPATIBLE: [null, 'the database holds tables that do not fit'],
  LEDGER_MISMATCH: [null, 'a checkpoint belongs to another ledger'],
  COPY_REFUSED: [null, 'the log cannot be copied there'],
  COPY_FILE_INVALID: [null, 'the file is no complete copy of a log'],
  REBUILD_RUNNING: [409, 'another rebuild is running'],
  PROJECTION_DOWNGRADE: [null, 'a newer version of pushledger has written this projection'],
  CHECKPOINT_CONFLICT: [null, 'another process moved the checkpoint'],
  EVENT_INVALID: [null, 'a stored event does not fit its schema'],
  RETRY_REFUSED: [null, 'the parked event cannot be taken late'],
  MATRIX_REJECTED: [null, 'the Matrix homeserver refused'],
  GITEA_REJECTED: [null, 'Gitea refused'],
  HOOKS_FAILED: [null, 'the webhooks could not be changed'],
  USAGE: [null, 'the command was called wrongly'],
} as const satisfies Record<string, readonly [number | null, string]>;

export type ErrorCode = keyof typeof table;

/** The table as the documentation lists it. */
export const errorReference = Object.entries(table).map(([code, [status, text]]) => ({ code, status, text }));

/** An expected failure with a code from the table; `detail` carries the values and what to do next. */
export class CodedError extends Error {
  readonly code: ErrorCode;
  /** The HTTP status, or null for an error that never leaves by HTTP. */
  readonly status: number | null;
  /** The message without the table's text; undefined when there is no more to say. */
  readonly detail: string | undefined;
  /** The parameter that it is about, where there is one. */
  readonly field: string | undefined;
  /** What the log line of this error should name besides. */
  readonly context: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    detail?: string,
    options?: { cause?: unknown; field?: string; context?: Record<string, unknown> },
  ) {
    const [status, text] = table[code];
    super(detail ? `${text}: ${detail}` : text, options);
    this.name = 'CodedError';
    this.code = code;
    this.status = status;
    this.detail = detail;
    this.field = options?.field;
    this.context = options?.context ?? {};
  }
}

/** The body of every error answer. */
export function errorBody(error: CodedError): {
  error: { code: ErrorCode; message: string; field?: string };
} {
  const { code, message, field } = error;
  return { error: { code, message, ...(field !== undefined && { field }) } };
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  // A host name with several addresses that all refuse gives one without a text of its own.
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
