import { Link } from 'wouter';
import type { PushDetails, PushNotification } from '../../../../src/dashboard/api/schemas/push-details.ts';
import { useText } from '../../i18n/i18n.tsx';
import { addressOf } from '../../location/address.ts';
import { MatrixMessage } from '../../message/matrix-message.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Outside } from '../../parts/outside.tsx';
import { Empty } from '../../parts/states.tsx';
import { toneOf } from '../../parts/tones.ts';
import { Section } from '../../parts/view.tsx';
import { places } from '../../shell/navigation.tsx';

/** The messages that name a push, each as its room shows it. */
export function PushMessages({ push }: { readonly push: PushDetails }) {
  const text = useText().push;
  const { notifications } = push;
  return (
    <Section title={text.messages}>
      {notifications.length === 0 ? (
        <Empty>{text.noMessages}</Empty>
      ) : (
        <ul className="messages">
          {notifications.map((message) => (
            <Message key={`${message.messageId}.${message.version}`} message={message} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function Message({ message }: { readonly message: PushNotification }) {
  const text = useText();
  const { state, version, room, sentAt, plannedAt, attempts, reason } = message;
  return (
    <li>
      <p className="message-head">
        <Badge tone={toneOf(state)}>{text.notifications.state[state]}</Badge>{' '}
        <Outside className="mono" text={room} /> <Moment at={sentAt ?? plannedAt} />
        {version > 1 && <span className="faint"> {text.push.version(version)}</span>}
        {attempts > 1 && <span className="faint"> {text.push.attempts(attempts)}</span>}
      </p>
      <div className="matrix">
        <MatrixMessage content={message.content} />
      </div>
      {reason && (
        <p className="error-text">
          <Outside text={reason} />
        </p>
      )}
      {state === 'parked' && (
        <Link to={addressOf(places.notifications, { state: 'parked' })}>{text.notifications.retry}</Link>
      )}
    </li>
  );
}
