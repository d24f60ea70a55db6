import type { Rebuild } from '../../../../src/dashboard/api/schemas/projections.ts';
import { duration } from '../../format/duration.ts';
import { useSpoken } from '../../i18n/i18n.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Outside } from '../../parts/outside.tsx';
import { Cell, Table } from '../../parts/table.tsx';
import { toneOf } from '../../parts/tones.ts';
import { progressOf } from './progress.ts';

/** How far a rebuild is, and then what it found. */
export function RebuildStanding({ rebuild }: { readonly rebuild: Rebuild }) {
  const { text: all, language, locale } = useSpoken();
  const text = all.health;
  const { state, startedAt, finishedAt, events, position, head, error, differences, dryRun, projections } =
    rebuild;
  return (
    <div className="rebuild">
      <h3>{state === 'running' ? text.running : text.lastRebuild}</h3>
      <p>
        <Badge tone={toneOf(state)}>{text.state[state]}</Badge>{' '}
        {dryRun && <Badge tone="quiet">{text.dry}</Badge>}{' '}
        <span className="mono">{projections.join(', ')}</span>
        <span className="faint">
          {' · '}
          <Moment at={startedAt} /> · {text.events(events.toLocaleString(locale))}
          {finishedAt && ` · ${duration(Date.parse(finishedAt) - Date.parse(startedAt), language)}`}
        </span>
      </p>
      {state === 'running' && (
        <progress max={1} value={progressOf(position, head)} aria-label={text.progress} />
      )}
      {error && (
        <p className="error-text">
          <Outside text={error} />
        </p>
      )}
      {state === 'done' && differences.length === 0 && <p>{text.noDifferences}</p>}
      {differences.length > 0 && (
        <Table
          caption={text.differences}
          columns={[
            { title: text.table },
            { title: text.added, className: 'number' },
            { title: text.changed, className: 'number' },
            { title: text.removed, className: 'number' },
          ]}
        >
          {differences.map(({ projection, table, added, changed, removed }) => (
            <tr key={`${projection}/${table}`}>
              <Cell label={text.table} className="lead">
                <span className="mono">{table}</span>
              </Cell>
              <Cell label={text.added} className="number">
                {added.toLocaleString(locale)}
              </Cell>
              <Cell label={text.changed} className="number">
                {changed.toLocaleString(locale)}
              </Cell>
              <Cell label={text.removed} className="number">
                {removed.toLocaleString(locale)}
              </Cell>
            </tr>
          ))}
        </Table>
      )}
    </div>
  );
}
