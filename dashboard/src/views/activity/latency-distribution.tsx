import type { ChartConfiguration } from 'chart.js';
import { useCallback } from 'react';
import type { Activity } from '../../../../src/dashboard/api/schemas/activity.ts';
import { axis, slantless, still } from '../../charts/axes.ts';
import { ChartBox } from '../../charts/chart-box.tsx';
import type { Palette } from '../../charts/palette.ts';
import { duration } from '../../format/duration.ts';
import { useSpoken } from '../../i18n/i18n.tsx';
import { AsTable } from './as-table.tsx';

const goalMs = 5_000;

/** How many messages took how long. */
export function LatencyDistribution({ latency }: { readonly latency: Activity['latency'] }) {
  const { text: all, language, locale } = useSpoken();
  const text = all.activity;
  const { histogram } = latency;
  const label = `${text.latency}: ${text.distribution}`;
  const binLabel = useCallback(
    (upToMs: number | null, index: number) => {
      if (upToMs !== null) return `≤ ${duration(upToMs, language)}`;
      return text.moreThan(duration(histogram[index - 1]?.upToMs ?? 0, language));
    },
    [histogram, language, text],
  );
  const configure = useCallback(
    (palette: Palette): ChartConfiguration<'bar'> => ({
      type: 'bar',
      data: {
        labels: histogram.map(({ upToMs }, index) => binLabel(upToMs, index)),
        datasets: [
          {
            label: text.messages,
            data: histogram.map(({ pushes }) => pushes),
            backgroundColor: histogram.map(({ upToMs }) =>
              upToMs !== null && upToMs <= goalMs ? palette.accent : palette.bad,
            ),
            borderRadius: 3,
            categoryPercentage: 0.95,
          },
        ],
      },
      options: {
        ...still,
        plugins: {
          legend: { display: false },
          tooltip: { callbacks: { label: ({ parsed }) => (parsed.y ?? 0).toLocaleString(locale) } },
        },
        scales: {
          x: slantless(palette),
          y: { ...axis(palette), beginAtZero: true, ticks: { color: palette.faint, precision: 0 } },
        },
      },
    }),
    [histogram, binLabel, locale, text],
  );
  return (
    <ChartBox label={label} height={240} configure={configure}>
      <AsTable
        caption={label}
        columns={[text.latency, text.messages]}
        rows={histogram.map(({ upToMs, pushes }, index) => [binLabel(upToMs, index), String(pushes)])}
      />
    </ChartBox>
  );
}
