import { useSpoken } from '../i18n/i18n.tsx';
import { useLive } from '../live/live.tsx';

/** Whether what is shown goes on by itself. */
export function LiveSign() {
  const { text } = useSpoken();
  const { state } = useLive();
  return (
    <span className={`live ${state}`} role="status">
      {text.live[state]}
    </span>
  );
}

export function LostNotice() {
  const { text, locale } = useSpoken();
  const { lostAt } = useLive();
  if (!lostAt) return null;
  return (
    <p className="notice warn lost" role="alert">
      {text.live.lostText(lostAt.toLocaleTimeString(locale))}
    </p>
  );
}

/** New pushes, for those who do not see the list. */
export function News() {
  const { news } = useLive();
  return (
    <p className="hidden" aria-live="polite">
      {news}
    </p>
  );
}
