/** What the service answered in place of what was asked for, or that it did not answer. */
export class ApiFailure extends Error {
  /** Null where there was no answer. */
  readonly status: number | null;
  readonly code: string;
  /** The parameter that was wrong. */
  readonly field: string | null;
  /** Seconds to wait; null where the answer does not say. */
  readonly retryAfter: number | null;

  constructor(
    message: string,
    about: { status: number | null; code: string; field?: string | null; retryAfter?: number | null },
  ) {
    super(message);
    this.name = 'ApiFailure';
    this.status = about.status;
    this.code = about.code;
    this.field = about.field ?? null;
    this.retryAfter = about.retryAfter ?? null;
  }

  /** Whether a sign-in would help. */
  get isClosed(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

/** Whether the same question may well be answered a moment later. */
export function isPassing(error: unknown): boolean {
  return error instanceof ApiFailure && (error.status === null || error.status >= 500);
}

/** Of an answer that is not as it should be, which may come from a proxy and be no JSON at all. */
export function failureOf(status: number, body: unknown, retryAfter: string | null): ApiFailure {
  const error = isRecord(body) && isRecord(body.error) ? body.error : {};
  const seconds = Number(retryAfter);
  return new ApiFailure(typeof error.message === 'string' ? error.message : `HTTP ${status}`, {
    status,
    code: typeof error.code === 'string' ? error.code : `HTTP_${status}`,
    field: typeof error.field === 'string' ? error.field : null,
    retryAfter: retryAfter !== null && Number.isFinite(seconds) ? seconds : null,
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
