import type { ReactNode } from 'react';
import { ApiFailure } from '../api/failure.ts';
import { useText } from '../i18n/i18n.tsx';

export function Loading() {
  const text = useText();
  return (
    <div className="state" role="status">
      <span className="spinner" aria-hidden="true" />
      {text.state.loading}
    </div>
  );
}

export function Empty({ children, hint }: { readonly children: ReactNode; readonly hint?: string }) {
  return (
    <div className="state empty">
      <p>{children}</p>
      {hint && <p className="faint">{hint}</p>}
    </div>
  );
}

export function failureText(error: unknown, unreachable: string): string {
  if (error instanceof ApiFailure) return error.status === null ? unreachable : error.message;
  return String(error);
}

export function Failed({ error, again }: { readonly error: unknown; readonly again?: () => void }) {
  const text = useText();
  return (
    <div className="state failed" role="alert">
      <p>
        <strong>{text.state.failed}</strong>
      </p>
      <p>{failureText(error, text.state.unreachable)}</p>
      {again && (
        <button type="button" onClick={again}>
          {text.state.retry}
        </button>
      )}
    </div>
  );
}

interface Read<T> {
  readonly data: T | undefined;
  readonly error: unknown;
  readonly refetch: () => unknown;
}

/** What was read, or how it stands with reading it. What is old but there is shown, with why it is old. */
export function Loaded<T>({
  query,
  children,
}: {
  readonly query: Read<T>;
  readonly children: (data: T) => ReactNode;
}) {
  const text = useText();
  const again = () => void query.refetch();
  if (query.data === undefined)
    return query.error ? <Failed error={query.error} again={again} /> : <Loading />;
  return (
    <>
      {query.error ? (
        <p className="notice warn" role="status">
          {text.state.stale} {failureText(query.error, text.state.unreachable)}{' '}
          <button type="button" className="small" onClick={again}>
            {text.state.retry}
          </button>
        </p>
      ) : null}
      {children(query.data)}
    </>
  );
}
