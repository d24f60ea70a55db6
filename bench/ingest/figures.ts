import type { Measured } from './send-pushes.ts';

export function line({ perSecond, p50, p99 }: Omit<Measured, 'statuses'>): string {
  return `${whole(perSecond).padStart(6)} pushes/s   p50 ${p50.toFixed(1)} ms   p99 ${p99.toFixed(1)} ms`;
}

export function whole(figure: number): string {
  return figure.toFixed(0);
}

/** Of an odd number of figures; the larger middle one of an even number. */
export function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? 0;
}
