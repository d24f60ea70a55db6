import type { HealthReport } from '../../api/health-report.ts';
import type { Messages } from '../../i18n/en.ts';
import { useText } from '../../i18n/i18n.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Outside } from '../../parts/outside.tsx';
import { toneOf } from '../../parts/tones.ts';

interface Part {
  readonly name: keyof Messages['health']['names'];
  /** Null where this process has none. */
  readonly status: string | null;
  readonly details?: readonly string[];
  readonly error?: string | null;
  readonly at?: string | null;
}

/** Each part of the service with how it is. */
export function Parts({ report }: { readonly report: HealthReport }) {
  const text = useText().health;
  return (
    <>
      <p className={`notice ${report.status === 'ok' ? 'good' : 'warn'}`}>{text.overall[report.status]}</p>
      <ul className="parts">
        {partsOf(report, text).map(({ name, status, details = [], error, at }) => (
          <li key={name} className={status === null ? 'off' : toneOf(status)}>
            <span className="part-name">{text.names[name]}</span>
            <Badge tone={toneOf(status)}>
              {status === null ? text.off : (text.statusNames[status] ?? status)}
            </Badge>
            <span className="faint">
              {details.join(' · ')}
              {at && <Moment at={at} />}
            </span>
            {error && <Outside className="error-text" text={error} />}
          </li>
        ))}
      </ul>
    </>
  );
}

function partsOf(report: HealthReport, text: Messages['health']): Part[] {
  const { eventStore, database, matrix, dagEngine, recovery, spool } = report;
  const work = (part: { readonly pending: number | null; readonly parked: number | null }) => [
    ...(part.pending === null ? [] : [text.pending(part.pending)]),
    ...(part.parked ? [text.parked(part.parked)] : []),
  ];
  return [
    {
      name: 'eventStore',
      status: eventStore.status,
      details: [eventStore.kind, ...(eventStore.position ? [text.head(eventStore.position)] : [])],
    },
    { name: 'database', status: database.status },
    { name: 'spool', status: spool?.state ?? null, details: spool ? work(spool) : [] },
    {
      name: 'matrix',
      status: matrix?.state ?? null,
      details: matrix ? work(matrix) : [],
      error: matrix?.lastError ?? null,
    },
    {
      name: 'dagEngine',
      status: dagEngine?.state ?? null,
      details: dagEngine ? work(dagEngine) : [],
      error: dagEngine?.lastError ?? null,
    },
    {
      name: 'recovery',
      status: recovery?.state ?? null,
      at: recovery?.recoveredAt ?? null,
      error: recovery?.lastError ?? null,
    },
  ];
}
