import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { PushDetails } from '../../../../src/dashboard/api/schemas/push-details.ts';
import { refName, shortSha } from '../../format/push-names.ts';
import { useText } from '../../i18n/i18n.tsx';
import { addressOf } from '../../location/address.ts';
import { Badge } from '../../parts/badge.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Outside, OutsideLink } from '../../parts/outside.tsx';
import { toneOf } from '../../parts/tones.ts';
import { Section } from '../../parts/view.tsx';
import { places } from '../../shell/navigation.tsx';

export function Facts({ push }: { readonly push: PushDetails }) {
  const text = useText();
  const { repository, pusher } = push;
  return (
    <Section title={text.push.facts}>
      <dl className="facts">
        <Fact name={text.pushes.status}>
          <Badge tone={toneOf(push.announcement)}>{text.pushes.announcement[push.announcement]}</Badge>
          {push.ignored && (
            <>
              {' '}
              <Outside text={push.ignored} />
            </>
          )}
        </Fact>
        <Fact name={text.push.repository}>
          <OutsideLink text={repository.fullName} href={repository.url} />
        </Fact>
        <Fact name={text.push.ref}>
          <Outside className="mono" text={refName(push)} />{' '}
          <span className="faint">
            {text.pushes.kind[push.kind]}
            {push.forced === true && `, ${text.pushes.forced}`}
          </span>
        </Fact>
        {pusher && (
          <Fact name={text.push.pusher}>
            <Outside text={pusher.fullName || pusher.login} />{' '}
            {pusher.fullName && <Outside className="faint" text={pusher.login} />}
          </Fact>
        )}
        <Fact name={text.push.received}>
          <Moment at={push.receivedAt} />
        </Fact>
        {push.pushedAt && (
          <Fact name={text.push.pushed}>
            <Moment at={push.pushedAt} />
          </Fact>
        )}
        {push.recovered && (
          <Fact name={text.push.recovered}>
            {text.push.from[push.recovered.from]}
            {push.recovered.collapsed && `, ${text.push.collapsed}`}
          </Fact>
        )}
        {push.within && (
          <Fact name={text.push.within}>
            <Link to={`${places.pushes}/${push.within}`}>{push.within.slice(0, 8)}</Link>
          </Fact>
        )}
        {push.before && (
          <Fact name={text.push.before}>
            <span className="mono">{shortSha(push.before)}</span>
          </Fact>
        )}
        <Fact name={text.push.after}>
          <span className="mono">{shortSha(push.after)}</span>
        </Fact>
        {push.nodeId && (
          <Fact name={text.push.node}>
            <Link to={addressOf(places.extractors, { node: push.nodeId })}>
              <Outside text={push.nodeId} />
            </Link>
          </Fact>
        )}
        <Fact name={text.push.pushId}>
          <span className="mono small">{push.pushId}</span>
        </Fact>
        {push.deliveryId && (
          <Fact name={text.push.delivery}>
            <span className="mono small">{push.deliveryId}</span>
          </Fact>
        )}
        {push.redeliveries.length > 0 && (
          <Fact name={text.push.redeliveries}>
            <ul>
              {push.redeliveries.map(({ deliveryId, receivedAt }) => (
                <li key={deliveryId}>
                  <Moment at={receivedAt} /> <span className="mono small">{deliveryId.slice(0, 8)}</span>
                </li>
              ))}
            </ul>
          </Fact>
        )}
        {push.notes.length > 0 && (
          <Fact name={text.push.notes}>
            <ul>
              {push.notes.map((note) => (
                <li key={note}>
                  <Outside text={note} />
                </li>
              ))}
            </ul>
          </Fact>
        )}
      </dl>
    </Section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
