import type { ChartConfiguration } from 'chart.js';
import { useCallback } from 'react';
import type { Activity } from '../../../../src/dashboard/api/schemas/activity.ts';
import { axis, legend, slantless, still } from '../../charts/axes.ts';
import { ChartBox } from '../../charts/chart-box.tsx';
import type { Palette } from '../../charts/palette.ts';
import { shortMoment } from '../../format/moment.ts';
import { useSpoken } from '../../i18n/i18n.tsx';
import { AsTable } from './as-table.tsx';
import { dayLabel } from './day-label.ts';

const outcomes = ['accepted', 'ignored', 'recovered', 'duplicate'] as const;

/** Deliveries per day by what became of them, and all that this process answered. */
export function Deliveries({ deliveries }: { readonly deliveries: Activity['deliveries'] }) {
  const { text: all, locale } = useSpoken();
  const text = all.activity;
  const { perDay, sinceStart, startedAt } = deliveries;
  const configure = useCallback(
    (palette: Palette): ChartConfiguration<'bar'> => {
      const colors = {
        accepted: palette.accent,
        ignored: palette.quiet,
        recovered: palette.warn,
        duplicate: palette.good,
      };
      return {
        type: 'bar',
        data: {
          labels: perDay.map(({ day }) => dayLabel(day, locale)),
          datasets: outcomes.map((outcome) => ({
            label: text[outcome],
            data: perDay.map((counts) => counts[outcome]),
            backgroundColor: colors[outcome],
            stack: 'all',
          })),
        },
        options: {
          ...still,
          interaction: { mode: 'index', intersect: false },
          plugins: { legend: legend(palette) },
          scales: {
            x: { stacked: true, ...slantless(palette) },
            y: { stacked: true, ...axis(palette), ticks: { color: palette.faint, precision: 0 } },
          },
        },
      };
    },
    [perDay, locale, text],
  );
  return (
    <>
      <ChartBox label={text.deliveries} height={240} configure={configure}>
        <AsTable
          caption={text.deliveries}
          columns={[text.day, ...outcomes.map((outcome) => text[outcome])]}
          rows={perDay.map((counts) => [
            dayLabel(counts.day, locale),
            ...outcomes.map((outcome) => String(counts[outcome])),
          ])}
        />
      </ChartBox>
      {sinceStart.length > 0 && (
        <>
          <h3>{text.sinceStart(shortMoment(new Date(startedAt), new Date(), locale))}</h3>
          <dl className="counts">
            {sinceStart.map(({ result, deliveries: count }) => (
              <div key={result}>
                <dt className="mono">{result}</dt>
                <dd>{count.toLocaleString(locale)}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </>
  );
}
