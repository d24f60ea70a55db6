import {
  BarController,
  BarElement,
  CategoryScale,
  Chart,
  type ChartConfiguration,
  type ChartType,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  PointElement,
  Tooltip,
} from 'chart.js';
import { MatrixController, MatrixElement } from 'chartjs-chart-matrix';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { type Palette, readPalette } from './palette.ts';

Chart.register(
  BarController,
  BarElement,
  CategoryScale,
  Legend,
  LinearScale,
  LineController,
  LineElement,
  LogarithmicScale,
  MatrixController,
  MatrixElement,
  PointElement,
  Tooltip,
);

/**
 * A chart, painted in the colours that hold at the moment. Who does not see it reads what `children` say, as a table.
 *
 * @param configure has to be the same function while nothing has changed
 */
export function ChartBox<T extends ChartType>({
  label,
  height,
  minWidth = 0,
  configure,
  children,
}: {
  readonly label: string;
  /** Pixels. */
  readonly height: number;
  /** Pixels; where there is less room the chart scrolls. */
  readonly minWidth?: number;
  readonly configure: (palette: Palette) => ChartConfiguration<T>;
  readonly children?: ReactNode;
}) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const palette = usePalette();
  useEffect(() => {
    if (!canvas.current) return;
    const chart = new Chart(canvas.current, configure(palette));
    // Where it scrolls, the newest is what one wants to see first; it stands at the end.
    const box = canvas.current.closest('.chart-box');
    if (box) box.scrollLeft = box.scrollWidth;
    return () => chart.destroy();
  }, [configure, palette]);
  return (
    <>
      <section className="chart-box" aria-label={label} tabIndex={minWidth > 0 ? 0 : undefined}>
        <div className="chart" style={{ height, minWidth }}>
          <canvas ref={canvas} role="img" aria-label={label} />
        </div>
      </section>
      {children}
    </>
  );
}

/** Anew when the reader or the system chooses other colours. */
function usePalette(): Palette {
  const [palette, setPalette] = useState(readPalette);
  useEffect(() => {
    const read = () => setPalette(readPalette());
    const system = window.matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', read);
    window.addEventListener('themechange', read);
    return () => {
      system.removeEventListener('change', read);
      window.removeEventListener('themechange', read);
    };
  }, []);
  return palette;
}
