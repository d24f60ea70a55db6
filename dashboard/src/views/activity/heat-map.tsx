import type { ChartConfiguration } from 'chart.js';
import { useCallback } from 'react';
import type { Activity } from '../../../../src/dashboard/api/schemas/activity.ts';
import { axis, slantless, still } from '../../charts/axes.ts';
import { ChartBox } from '../../charts/chart-box.tsx';
import type { Palette } from '../../charts/palette.ts';
import { outsideText } from '../../format/outside.ts';
import { useSpoken } from '../../i18n/i18n.tsx';
import { AsTable } from './as-table.tsx';
import { dayLabel } from './day-label.ts';
import { shareOf } from './shade.ts';

const rowHeight = 22;
const maxName = 28;

interface Cell {
  readonly x: string;
  readonly y: string;
  readonly v: number;
}

/** Pushes per day and repository. */
export function HeatMap({ activity }: { readonly activity: Activity }) {
  const { text: all, locale } = useSpoken();
  const text = all.activity;
  const { days, heatMap } = activity;
  const configure = useCallback(
    (palette: Palette): ChartConfiguration<'matrix'> => {
      const names = heatMap.map(({ repository }) => shortName(repository, text.others));
      const cells: Cell[] = heatMap.flatMap(({ pushes }, row) =>
        pushes.map((v, column) => ({ x: days[column] ?? '', y: names[row] ?? '', v })),
      );
      // All others together would leave every single repository pale.
      const named = heatMap.filter(({ repository }) => repository !== null);
      const most = Math.max(1, ...named.flatMap(({ pushes }) => pushes));
      return {
        type: 'matrix',
        data: {
          datasets: [
            {
              data: cells as unknown as { x: number; y: number }[],
              backgroundColor: ({ raw }) => {
                const share = shareOf((raw as Cell | undefined)?.v ?? 0, most);
                return share > 0 ? palette.shade(share) : palette.grid;
              },
              borderRadius: 3,
              width: ({ chart }) => Math.max((chart.chartArea?.width ?? 0) / Math.max(days.length, 1) - 2, 1),
              height: ({ chart }) =>
                Math.max((chart.chartArea?.height ?? 0) / Math.max(names.length, 1) - 3, 1),
            },
          ],
        },
        options: {
          ...still,
          plugins: {
            legend: { display: false },
            tooltip: {
              displayColors: false,
              callbacks: {
                title: () => '',
                label: ({ raw }) => {
                  const { x, y, v } = raw as Cell;
                  return `${y}, ${dayLabel(x, locale)}: ${v.toLocaleString(locale)}`;
                },
              },
            },
          },
          scales: {
            x: {
              type: 'category',
              labels: days,
              offset: true,
              ...axis(palette, { grid: false }),
              ticks: {
                ...slantless(palette).ticks,
                callback: (_value, index) => dayLabel(days[index] ?? '', locale),
              },
            },
            y: {
              type: 'category',
              labels: names,
              offset: true,
              // A matrix turns it round by default; the busiest belongs on top, as in the table.
              reverse: false,
              ...axis(palette, { grid: false }),
              ticks: { color: palette.text, font: { size: 11 }, autoSkip: false },
            },
          },
        },
      };
    },
    [days, heatMap, locale, text],
  );
  const total = heatMap.reduce((sum, row) => sum + row.total, 0);
  return (
    <>
      <p className="faint">
        {text.heatMapText(total, heatMap.filter(({ repository }) => repository).length)}
      </p>
      <ChartBox
        label={text.heatMap}
        height={heatMap.length * rowHeight + 40}
        minWidth={Math.max(360, days.length * 12 + 180)}
        configure={configure}
      >
        <AsTable
          caption={text.heatMap}
          columns={[text.repository, ...days.map((day) => dayLabel(day, locale)), text.total]}
          rows={heatMap.map(({ repository, pushes, total: sum }) => [
            outsideText(repository ?? text.others),
            ...pushes.map(String),
            String(sum),
          ])}
        />
      </ChartBox>
    </>
  );
}

function shortName(repository: string | null, others: string): string {
  const name = outsideText(repository ?? others);
  return name.length > maxName ? `${name.slice(0, maxName - 1)}…` : name;
}
