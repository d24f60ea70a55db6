import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from 'wouter';
import type { PushDetails } from '../../../../src/dashboard/api/schemas/push-details.ts';
import { pushQuery } from '../../api/queries.ts';
import { outsideText } from '../../format/outside.ts';
import { refName, splitMessage } from '../../format/push-names.ts';
import { useText } from '../../i18n/i18n.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Section, View } from '../../parts/view.tsx';
import { places } from '../../shell/navigation.tsx';
import { Body } from './body.tsx';
import { Chain } from './chain.tsx';
import { Commits } from './commits.tsx';
import { DagOutcome } from './dag-outcome.tsx';
import { Facts } from './facts.tsx';
import { PushMessages } from './push-messages.tsx';

export default function PushView({ pushId }: { readonly pushId: string }) {
  const text = useText();
  const search = useSearch();
  const query = useQuery(pushQuery(pushId));
  const push = query.data;
  return (
    <View
      title={
        push ? `${outsideText(push.repository.fullName)} ${outsideText(refName(push))}` : text.push.title
      }
      heading={push ? <Heading push={push} /> : text.push.title}
      aside={<Link to={search ? `${places.pushes}?${search}` : places.pushes}>← {text.push.back}</Link>}
    >
      <Loaded query={query}>
        {(found) => (
          <div className="push">
            <Section title={text.push.chain}>
              <Chain calls={found.calls} />
            </Section>
            <div className="columns">
              <div>
                <Commits push={found} />
                <PushMessages push={found} />
              </div>
              <div>
                <Facts push={found} />
                <DagOutcome push={found} />
                <Body push={found} />
              </div>
            </div>
          </div>
        )}
      </Loaded>
    </View>
  );
}

function Heading({ push }: { readonly push: PushDetails }) {
  const newest = push.commits.at(-1);
  const title = newest ? splitMessage(newest.message).title : '';
  return (
    <>
      <bdi>{outsideText(push.repository.fullName)}</bdi>{' '}
      <bdi className="mono">{outsideText(refName(push))}</bdi>
      {title && (
        <span className="subtitle">
          <bdi>{outsideText(title)}</bdi>
        </span>
      )}
    </>
  );
}
