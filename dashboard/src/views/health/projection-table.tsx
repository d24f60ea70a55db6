import type { Projection } from '../../../../src/dashboard/api/schemas/projections.ts';
import { useSpoken, useText } from '../../i18n/i18n.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Outside } from '../../parts/outside.tsx';
import { Cell, Table } from '../../parts/table.tsx';
import { progressOf } from './progress.ts';

export function ProjectionTable({
  head,
  projections,
}: {
  readonly head: string | null;
  readonly projections: readonly Projection[];
}) {
  const { text: all, locale } = useSpoken();
  const text = all.health;
  return (
    <>
      <Table
        caption={text.projectionsCaption}
        columns={[
          { title: text.name },
          { title: text.position, className: 'number' },
          { title: text.lag, className: 'number' },
          { title: text.progress },
          { title: text.parkedColumn, className: 'number' },
        ]}
      >
        {projections.map(({ name, position, lag, parked, error }) => (
          <tr key={name}>
            <Cell label={text.name} className="lead">
              <span className="mono">{name}</span>
              {error && <Outside className="error-text" text={error} />}
            </Cell>
            <Cell label={text.position} className="number">
              {BigInt(position).toLocaleString(locale)}
            </Cell>
            <Cell label={text.lag} className="number">
              {lag === null ? '–' : lag.toLocaleString(locale)}
            </Cell>
            <Cell label={text.progress}>
              {lag === 0 ? (
                <Badge tone="good">{text.upToDate}</Badge>
              ) : (
                <progress
                  max={1}
                  value={progressOf(position, head)}
                  aria-label={`${text.progress}: ${name}`}
                />
              )}
            </Cell>
            <Cell label={text.parkedColumn} className="number">
              {parked > 0 ? <Badge tone="bad">{parked.toLocaleString(locale)}</Badge> : 0}
            </Cell>
          </tr>
        ))}
      </Table>
      <ParkedEvents projections={projections} />
    </>
  );
}

function ParkedEvents({ projections }: { readonly projections: readonly Projection[] }) {
  const text = useText().health;
  const parked = projections.flatMap(({ name, parkedEvents }) =>
    parkedEvents.filter(({ skippedAt }) => skippedAt === null).map((event) => ({ name, ...event })),
  );
  if (parked.length === 0) return null;
  return (
    <>
      <h3>{text.parkedEvents}</h3>
      <ul className="parked">
        {parked.map(({ name, eventId, type, error, parkedAt }) => (
          <li key={`${name}/${eventId}`}>
            <span className="mono">{name}</span> · {type} · <Moment at={parkedAt} />
            <Outside className="error-text" text={error} />
          </li>
        ))}
      </ul>
    </>
  );
}
