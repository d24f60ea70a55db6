import { Link } from 'wouter';
import type { Notification } from '../../../../src/dashboard/api/schemas/notifications.ts';
import { outsideText } from '../../format/outside.ts';
import { useText } from '../../i18n/i18n.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Outside } from '../../parts/outside.tsx';
import { Cell, Table } from '../../parts/table.tsx';
import { toneOf } from '../../parts/tones.ts';
import { places } from '../../shell/navigation.tsx';
import { RetryOne } from './retry-one.tsx';

/** As many pushes of a message have a link of their own. */
const maxLinks = 3;

export function NotificationTable({ notifications }: { readonly notifications: readonly Notification[] }) {
  const all = useText();
  const text = all.notifications;
  return (
    <Table
      caption={text.caption}
      className="notifications"
      columns={[
        { title: text.planned },
        { title: text.room },
        { title: text.text },
        { title: all.nav.pushes },
      ]}
    >
      {notifications.map((message) => (
        <tr key={`${message.messageId}.${message.version}`}>
          <Cell label={text.planned} className="time">
            <Moment at={message.plannedAt} />
            <span className="below">
              <Badge tone={toneOf(message.state)}>{text.state[message.state]}</Badge>
            </span>
          </Cell>
          <Cell label={text.room}>
            <Outside className="mono small" text={message.room} />
          </Cell>
          <Cell label={text.text} className="lead">
            <Message message={message} />
          </Cell>
          <Cell label={all.nav.pushes}>
            <PushLinks pushIds={message.pushIds} />
          </Cell>
        </tr>
      ))}
    </Table>
  );
}

function Message({ message }: { readonly message: Notification }) {
  const all = useText();
  return (
    <>
      <p className="plain" dir="auto">
        {outsideText(message.text)}
      </p>
      {message.version > 1 && <p className="faint">{all.push.version(message.version)}</p>}
      {message.reason && (
        <p className="error-text">
          <Outside text={message.reason} />
          {message.attempts > 0 && ` (${all.push.attempts(message.attempts)})`}
        </p>
      )}
      {message.state === 'parked' && <RetryOne message={message} />}
    </>
  );
}

function PushLinks({ pushIds }: { readonly pushIds: readonly string[] }) {
  const text = useText().notifications;
  return (
    <>
      {pushIds.slice(0, maxLinks).map((pushId) => (
        <Link key={pushId} to={`${places.pushes}/${pushId}`} className="mono small block">
          {pushId.slice(0, 8)}
        </Link>
      ))}
      {pushIds.length > maxLinks && <span className="faint">{text.pushes(pushIds.length)}</span>}
    </>
  );
}
