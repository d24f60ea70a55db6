import type { ChartConfiguration } from 'chart.js';
import { useCallback } from 'react';
import type { Activity } from '../../../../src/dashboard/api/schemas/activity.ts';
import { axis, legend, slantless, still } from '../../charts/axes.ts';
import { ChartBox } from '../../charts/chart-box.tsx';
import type { Palette } from '../../charts/palette.ts';
import { duration } from '../../format/duration.ts';
import { useSpoken } from '../../i18n/i18n.tsx';
import { AsTable } from './as-table.tsx';
import { bucketLabel } from './day-label.ts';

/** What the service promises for 95 % of the messages, in milliseconds. */
const goalMs = 5_000;

/** Percentiles of the time from push to message, with the line that they are to stay under. */
export function LatencyOverTime({
  latency,
  bucket,
}: {
  readonly latency: Activity['latency'];
  readonly bucket: 'hour' | 'day';
}) {
  const { text: all, language, locale } = useSpoken();
  const text = all.activity;
  const { overTime } = latency;
  const label = `${text.latency}: ${text.overTime}`;
  const labelOf = useCallback((at: string) => bucketLabel(at, bucket, locale), [bucket, locale]);
  const configure = useCallback(
    (palette: Palette): ChartConfiguration<'line'> => {
      const line = (name: string, color: string, data: number[]) => ({
        label: name,
        data,
        borderColor: color,
        backgroundColor: color,
        borderWidth: 2,
        pointRadius: data.length > 60 ? 0 : 2,
        tension: 0,
      });
      return {
        type: 'line',
        data: {
          labels: overTime.map(({ at }) => labelOf(at)),
          datasets: [
            line(
              'p50',
              palette.accent,
              overTime.map(({ p50 }) => p50),
            ),
            line(
              'p95',
              palette.warn,
              overTime.map(({ p95 }) => p95),
            ),
            line(
              'p99',
              palette.quiet,
              overTime.map(({ p99 }) => p99),
            ),
            {
              label: text.goal,
              data: overTime.map(() => goalMs),
              borderColor: palette.bad,
              backgroundColor: palette.bad,
              borderWidth: 1.5,
              borderDash: [6, 4],
              pointRadius: overTime.length === 1 ? 3 : 0,
            },
          ],
        },
        options: {
          ...still,
          interaction: { mode: 'index', intersect: false },
          plugins: {
            legend: legend(palette),
            tooltip: {
              callbacks: {
                label: ({ dataset, parsed }) => `${dataset.label}: ${duration(parsed.y ?? 0, language)}`,
              },
            },
          },
          scales: {
            x: slantless(palette),
            y: {
              type: 'logarithmic',
              ...axis(palette),
              ticks: {
                color: palette.faint,
                font: { size: 11 },
                // A logarithmic axis has more of them than there is room for.
                callback: (value) => (/^[125]/.test(String(value)) ? duration(Number(value), language) : ''),
              },
            },
          },
        },
      };
    },
    [overTime, labelOf, language, text],
  );
  return (
    <ChartBox label={label} height={240} configure={configure}>
      <AsTable
        caption={label}
        columns={[text.day, text.messages, 'p50', 'p95', 'p99']}
        rows={overTime.map(({ at, total, p50, p95, p99 }) => [
          labelOf(at),
          String(total),
          duration(p50, language),
          duration(p95, language),
          duration(p99, language),
        ])}
      />
    </ChartBox>
  );
}
