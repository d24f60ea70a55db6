import { useText } from '../../i18n/i18n.tsx';

const height = 24;
const step = 4;

/** Runs per day as small bars, with what they say in words. */
export function Sparkline({
  counts,
  days,
}: {
  readonly counts: readonly number[];
  readonly days: readonly string[];
}) {
  const text = useText().extractors;
  const most = Math.max(0, ...counts);
  const total = counts.reduce((sum, count) => sum + count, 0);
  return (
    <svg
      className="sparkline"
      role="img"
      aria-label={text.sparkline(total, most)}
      width={counts.length * step}
      height={height}
      viewBox={`0 0 ${counts.length * step} ${height}`}
    >
      {counts.map((count, index) => {
        const tall = most > 0 && count > 0 ? Math.max((count / most) * (height - 2), 2) : 1;
        return (
          <rect
            key={days[index] ?? index}
            className={count > 0 ? 'some' : 'nothing'}
            x={index * step}
            y={height - tall}
            width={step - 1}
            height={tall}
          >
            <title>{`${days[index] ?? ''}: ${count}`}</title>
          </rect>
        );
      })}
    </svg>
  );
}
