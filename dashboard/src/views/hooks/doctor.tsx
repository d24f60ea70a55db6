import { useQuery } from '@tanstack/react-query';
import type { DoctorReport } from '../../../../src/dashboard/api/schemas/doctor.ts';
import { doctorQuery } from '../../api/queries.ts';
import { useText } from '../../i18n/i18n.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Outside } from '../../parts/outside.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Cell, Table } from '../../parts/table.tsx';
import { toneOf } from '../../parts/tones.ts';
import { Section } from '../../parts/view.tsx';

/** What `pushledger doctor` finds, what needs somebody first. */
export function Doctor() {
  const text = useText().hooks;
  const query = useQuery(doctorQuery);
  return (
    <Section
      title={text.doctor}
      aside={
        query.data && (
          <span className="faint">
            {text.doctorAt} <Moment at={query.data.checkedAt} />
          </span>
        )
      }
    >
      <Loaded query={query}>{({ checks }) => <Findings checks={checks} />}</Loaded>
    </Section>
  );
}

const order = ['wrong', 'warning', 'ok', 'skipped'] as const;

function Findings({ checks }: Pick<DoctorReport, 'checks'>) {
  const text = useText().hooks;
  const count = (verdict: string) => checks.filter((check) => check.verdict === verdict).length;
  const [wrong, warnings] = [count('wrong'), count('warning')];
  const sorted = order.flatMap((verdict) => checks.filter((check) => check.verdict === verdict));
  return (
    <>
      <p className={`notice ${wrong > 0 ? 'bad' : warnings > 0 ? 'warn' : 'good'}`}>
        {wrong + warnings > 0 ? text.problems(wrong, warnings) : text.allWell(checks.length)}
      </p>
      <Table
        caption={text.doctor}
        columns={[{ title: text.check }, { title: text.verdictColumn }, { title: text.finding }]}
      >
        {sorted.map(({ group, check, verdict, text: found, advice }) => (
          <tr key={`${group}/${check}/${found}`}>
            <Cell label={text.check} className="lead">
              <span className="faint">{group}</span> {check}
            </Cell>
            <Cell label={text.verdictColumn}>
              <Badge tone={toneOf(verdict)}>{text.verdict[verdict]}</Badge>
            </Cell>
            <Cell label={text.finding}>
              <Outside text={found} />
              {advice && <Outside className="advice" text={advice} />}
            </Cell>
          </tr>
        ))}
      </Table>
    </>
  );
}
