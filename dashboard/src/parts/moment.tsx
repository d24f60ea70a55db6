import { exactMoment, shortMoment } from '../format/moment.ts';
import { useSpoken } from '../i18n/i18n.tsx';

/** A time in the reader's zone; the exact one on hover. */
export function Moment({ at }: { readonly at: string | null }) {
  const { locale } = useSpoken();
  if (at === null) return <span className="faint">–</span>;
  const date = new Date(at);
  return (
    <time dateTime={at} title={exactMoment(date, locale)}>
      {shortMoment(date, new Date(), locale)}
    </time>
  );
}
