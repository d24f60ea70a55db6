import type { Palette } from './palette.ts';

/** What axes have in common. */
export function axis(palette: Palette, { grid = true }: { grid?: boolean } = {}) {
  return {
    grid: { color: palette.grid, display: grid },
    border: { display: false },
    ticks: { color: palette.faint, font: { size: 11 } },
  };
}

/** One of names or days: upright, and fewer where there is little room. */
export function slantless(palette: Palette) {
  const common = axis(palette, { grid: false });
  return { ...common, ticks: { ...common.ticks, maxRotation: 0, autoSkipPadding: 12 } };
}

/** Nothing moves: it is to be read, and redrawing costs. */
export const still = {
  animation: false,
  responsive: true,
  maintainAspectRatio: false,
} as const;

export function legend(palette: Palette) {
  return {
    position: 'bottom' as const,
    labels: { color: palette.faint, boxWidth: 10, boxHeight: 10, font: { size: 11 } },
  };
}
