import { type ReactNode, useEffect } from 'react';
import { useArrival } from './arrival.ts';

/** A view with its heading, which is also the title of the window. */
export function View({
  title,
  heading,
  aside,
  children,
}: {
  readonly title: string;
  /** In place of the title. */
  readonly heading?: ReactNode;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}) {
  const arrival = useArrival();
  useEffect(() => {
    document.title = `${title} · pushledger`;
  }, [title]);
  return (
    <>
      <div className="view-head">
        <h1 tabIndex={-1} ref={arrival}>
          {heading ?? title}
        </h1>
        {aside}
      </div>
      {children}
    </>
  );
}

export function Section({
  title,
  aside,
  children,
}: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <section className="card">
      <div className="card-head">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}
