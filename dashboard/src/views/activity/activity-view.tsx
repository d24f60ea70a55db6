import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link, useSearch } from 'wouter';
import type { Activity } from '../../../../src/dashboard/api/schemas/activity.ts';
import { activityQuery } from '../../api/queries.ts';
import { duration } from '../../format/duration.ts';
import { shortMoment } from '../../format/moment.ts';
import { useSpoken, useText } from '../../i18n/i18n.tsx';
import { addressOf } from '../../location/address.ts';
import { Empty, Loaded } from '../../parts/states.tsx';
import { Section, View } from '../../parts/view.tsx';
import { places } from '../../shell/navigation.tsx';
import { Deliveries } from './deliveries.tsx';
import { HeatMap } from './heat-map.tsx';
import { LatencyDistribution } from './latency-distribution.tsx';
import { LatencyOverTime } from './latency-over-time.tsx';
import { rangeOf, ranges, startOfRange } from './range.ts';

export default function ActivityView() {
  const text = useText().activity;
  const range = rangeOf(useSearch());
  const since = useMemo(() => startOfRange(new Date(), range).toISOString(), [range]);
  const bucket = range <= 7 ? 'hour' : 'day';
  const query = useQuery({
    ...activityQuery(since, bucket),
    placeholderData: keepPreviousData,
  });
  return (
    <View title={text.title} aside={<Ranges range={range} />}>
      <Loaded query={query}>{(activity) => <Charts activity={activity} bucket={bucket} />}</Loaded>
    </View>
  );
}

function Ranges({ range }: { readonly range: number }) {
  const text = useText().activity;
  return (
    <nav aria-label={text.range} className="tabs">
      <ul>
        {ranges.map((days) => (
          <li key={days}>
            <Link
              to={addressOf(places.activity, { days: String(days) })}
              aria-current={days === range ? 'true' : undefined}
            >
              {text.days(days)}
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Charts({ activity, bucket }: { readonly activity: Activity; readonly bucket: 'hour' | 'day' }) {
  const { text: all, language, locale } = useSpoken();
  const text = all.activity;
  const { latency, heatMap, deliveries } = activity;
  const { p50, p95, p99 } = latency;
  const isCut = Date.parse(latency.from) > Date.parse(activity.since);
  return (
    <>
      <Section title={text.heatMap}>
        {heatMap.length === 0 ? <Empty>{text.empty}</Empty> : <HeatMap activity={activity} />}
      </Section>
      <Section title={text.latency}>
        {p50 === null || p95 === null || p99 === null ? (
          <Empty>{text.latencyNone}</Empty>
        ) : (
          <>
            <p>
              {text.latencyText(duration(p50, language), duration(p95, language), duration(p99, language))}{' '}
              {isCut && (
                <span className="faint">
                  {text.latencyFrom(shortMoment(new Date(latency.from), new Date(), locale))}
                </span>
              )}
            </p>
            <div className="columns even">
              <div>
                <h3>{text.overTime}</h3>
                <LatencyOverTime latency={latency} bucket={bucket} />
              </div>
              <div>
                <h3>{text.distribution}</h3>
                <LatencyDistribution latency={latency} />
              </div>
            </div>
          </>
        )}
      </Section>
      <Section title={text.deliveries}>
        <Deliveries deliveries={deliveries} />
      </Section>
    </>
  );
}
