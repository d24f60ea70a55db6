import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { RetryAnswer } from '../../../../src/dashboard/api/schemas/notifications.ts';
import type { PushDetails } from '../../../../src/dashboard/api/schemas/push-details.ts';
import { pushQuery } from '../../api/queries.ts';
import { ask } from '../../api/request.ts';
import { useText } from '../../i18n/i18n.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Outside, OutsideLink } from '../../parts/outside.tsx';
import { failureText } from '../../parts/states.tsx';
import { toneOf } from '../../parts/tones.ts';
import { Section } from '../../parts/view.tsx';
import { useWithSignIn } from '../../session/admin.tsx';

export function DagOutcome({ push }: { readonly push: PushDetails }) {
  const text = useText();
  const client = useQueryClient();
  const withSignIn = useWithSignIn();
  const retry = useMutation({
    mutationFn: () => ask<RetryAnswer>(`api/triggers/${push.pushId}/retry`, { method: 'POST' }),
    onSettled: () => client.invalidateQueries(pushQuery(push.pushId)),
  });
  const { dag } = push;
  if (!dag) return null;
  return (
    <Section title={text.push.dag}>
      <p>
        <Badge tone={toneOf(dag.state)}>{text.push.dagState[dag.state] ?? dag.state}</Badge>{' '}
        {dag.dag && <Outside className="mono" text={dag.dag} />}{' '}
        {dag.remoteRunId && <OutsideLink text={dag.remoteRunId} href={dag.remoteUrl} />}{' '}
        {dag.triggeredAt && <Moment at={dag.triggeredAt} />}
        {dag.attempts > 1 && <span className="faint"> {text.push.attempts(dag.attempts)}</span>}
      </p>
      {dag.reason && (
        <p className="error-text">
          <Outside text={dag.reason} />
        </p>
      )}
      {dag.state === 'parked' && (
        <button type="button" disabled={retry.isPending} onClick={() => withSignIn(() => retry.mutate())}>
          {text.push.retryDag}
        </button>
      )}
      {retry.isSuccess && <p role="status">{text.push.retried}</p>}
      {retry.error && (
        <p className="notice bad" role="alert">
          {failureText(retry.error, text.state.unreachable)}
        </p>
      )}
    </Section>
  );
}
