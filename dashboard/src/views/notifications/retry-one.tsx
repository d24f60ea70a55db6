import type { Notification } from '../../../../src/dashboard/api/schemas/notifications.ts';
import { useText } from '../../i18n/i18n.tsx';
import { failureText } from '../../parts/states.tsx';
import { useWithSignIn } from '../../session/admin.tsx';
import { useRetry } from './use-retry.ts';

export function RetryOne({ message }: { readonly message: Notification }) {
  const text = useText();
  const withSignIn = useWithSignIn();
  const retry = useRetry();
  return (
    <p className="buttons start">
      <button
        type="button"
        className="small"
        disabled={retry.isPending}
        onClick={() => withSignIn(() => retry.mutate({ messageId: message.messageId }))}
      >
        {text.notifications.retry}
      </button>
      {retry.error && (
        <span className="error-text" role="alert">
          {failureText(retry.error, text.state.unreachable)}
        </span>
      )}
    </p>
  );
}
