import type { Call } from '../../../../src/dashboard/api/schemas/calls.ts';
import { duration } from '../../format/duration.ts';
import { useSpoken } from '../../i18n/i18n.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Outside } from '../../parts/outside.tsx';
import { Empty } from '../../parts/states.tsx';
import { Cell, Table } from '../../parts/table.tsx';
import { toneOf } from '../../parts/tones.ts';
import { stepName } from './step-name.ts';
import { type Bar, layOut, type Pause } from './waterfall.ts';

/** The steps of a push on one axis of time. */
export function Chain({ calls }: { readonly calls: readonly Call[] }) {
  const { text, language } = useSpoken();
  if (calls.length === 0) return <Empty>{text.push.chainEmpty}</Empty>;
  const { bars, pauses, totalMs } = layOut(calls);
  return (
    <>
      <p className="faint">
        {text.push.chainText(duration(totalMs, language))}
        {pauses.length > 0 && ` · ${text.push.pauses(pauses.length)}`}
      </p>
      <Table
        caption={text.push.chainCaption}
        className="chain"
        columns={[
          { title: text.push.step },
          { title: text.push.at, className: 'axis' },
          { title: text.push.duration, className: 'number' },
          { title: text.push.status },
        ]}
      >
        {bars.map((bar) => (
          <Step key={bar.call.callId} bar={bar} pauses={pauses} />
        ))}
      </Table>
    </>
  );
}

function Step({ bar, pauses }: { readonly bar: Bar; readonly pauses: readonly Pause[] }) {
  const { text, language } = useSpoken();
  const { call, left, width } = bar;
  const attempts = call.attributes.attempts;
  return (
    <tr>
      <Cell label={text.push.step} className="step">
        <span className="step-name">{stepName(call, text)}</span>
        <span className="faint mono">{call.functionName}</span>
      </Cell>
      <Cell label={text.push.at} className="axis">
        <div className="bar-box" aria-hidden="true">
          {pauses.map(({ at, ms }) => (
            <span key={at} className="pause" style={{ left: `${at}%` }} title={duration(ms, language)} />
          ))}
          <span
            className={`bar ${toneOf(call.status)}${call.durationMs === null ? ' moment' : ''}`}
            style={call.durationMs === null ? { left: `${left}%` } : { left: `${left}%`, width: `${width}%` }}
          />
        </div>
        <span className="faint">
          <Moment at={call.startedAt} /> · +{duration(call.offsetMs, language)}
        </span>
      </Cell>
      <Cell label={text.push.duration} className="number">
        {call.durationMs === null ? (
          <span className="faint">{text.push.unmeasured}</span>
        ) : (
          duration(call.durationMs, language)
        )}
      </Cell>
      <Cell label={text.push.status} className="result">
        <Badge tone={toneOf(call.status)}>{text.push.callStatus[call.status] ?? call.status}</Badge>
        {typeof attempts === 'number' && attempts > 1 && (
          <span className="faint"> {text.push.attempts(attempts)}</span>
        )}
        {call.error && <Outside className="error-text" text={call.error} />}
      </Cell>
    </tr>
  );
}
