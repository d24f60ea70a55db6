import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import type { Session } from '../../../src/dashboard/api/schemas/session.ts';
import { ApiFailure } from '../api/failure.ts';
import { sessionQuery } from '../api/queries.ts';
import { ask } from '../api/request.ts';
import type { Messages } from '../i18n/en.ts';
import { useText } from '../i18n/i18n.tsx';
import { failureText } from '../parts/states.tsx';

export function SignInForm({
  onDone,
  onCancel,
}: {
  readonly onDone?: () => void;
  readonly onCancel?: () => void;
}) {
  const text = useText();
  const client = useQueryClient();
  const [token, setToken] = useState('');
  const id = useId();
  const signIn = useMutation({
    mutationFn: () => ask<Session>('api/session', { method: 'POST', body: { token } }),
    onSuccess(session) {
      client.setQueryData(sessionQuery.queryKey, session);
      onDone?.();
    },
    onError: () => setToken(''),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  return (
    <form onSubmit={submit} className="sign-in">
      <p>{text.signIn.why}</p>
      <label htmlFor={id}>{text.signIn.token}</label>
      <input
        id={id}
        type="password"
        autoComplete="current-password"
        required
        maxLength={1_000}
        value={token}
        onChange={(event) => setToken(event.target.value)}
        aria-describedby={signIn.error ? `${id}-error` : undefined}
        aria-invalid={signIn.error ? true : undefined}
      />
      {signIn.error && (
        <p id={`${id}-error`} className="notice bad" role="alert">
          {refusalText(signIn.error, text)}
        </p>
      )}
      <p className="buttons">
        {onCancel && (
          <button type="button" onClick={onCancel}>
            {text.signIn.cancel}
          </button>
        )}
        <button type="submit" className="primary" disabled={signIn.isPending}>
          {signIn.isPending ? text.signIn.working : text.signIn.submit}
        </button>
      </p>
    </form>
  );
}

function refusalText(error: unknown, text: Messages): string {
  if (error instanceof ApiFailure && error.code === 'TOKEN_WRONG') return text.signIn.wrong;
  if (error instanceof ApiFailure && error.status === 429) return text.signIn.wait(error.retryAfter ?? 60);
  return failureText(error, text.state.unreachable);
}
