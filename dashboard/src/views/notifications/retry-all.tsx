import { useState } from 'react';
import { useText } from '../../i18n/i18n.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { failureText } from '../../parts/states.tsx';
import { useWithSignIn } from '../../session/admin.tsx';
import { useRetry } from './use-retry.ts';

/** All parked messages at once. How many they are is asked first, and nothing is done where they are others by then. */
export function RetryAll({ parked }: { readonly parked: number }) {
  const text = useText();
  const withSignIn = useWithSignIn();
  const retry = useRetry();
  const [asked, setAsked] = useState<number | null>(null);
  const close = () => setAsked(null);
  return (
    <>
      {retry.data && <span role="status">{text.notifications.retried(retry.data.retried)}</span>}
      {parked > 0 && (
        <button type="button" onClick={() => withSignIn(() => setAsked(parked))}>
          {text.notifications.retryAll(parked)}
        </button>
      )}
      {asked !== null && (
        <Dialog title={text.notifications.confirmTitle(asked)} onClose={close}>
          <p>{text.notifications.confirmText}</p>
          {retry.error && (
            <p className="notice bad" role="alert">
              {failureText(retry.error, text.state.unreachable)}
            </p>
          )}
          <p className="buttons">
            <button type="button" onClick={close}>
              {text.signIn.cancel}
            </button>
            <button
              type="button"
              className="primary"
              disabled={retry.isPending}
              onClick={() => retry.mutate({ expected: asked }, { onSuccess: close })}
            >
              {text.notifications.confirm(asked)}
            </button>
          </p>
        </Dialog>
      )}
    </>
  );
}
