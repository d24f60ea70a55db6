import { createContext, useContext, useEffect, useRef } from 'react';

/** Whether the reader has gone from one view to another since the page was loaded. */
export const Arrival = createContext<{ readonly current: boolean }>({ current: false });

/** A view that one came to gets the focus on its heading, as a new page would; the first one leaves it to the browser. */
export function useArrival() {
  const heading = useRef<HTMLHeadingElement>(null);
  const hasMoved = useContext(Arrival);
  useEffect(() => {
    if (hasMoved.current) heading.current?.focus({ preventScroll: true });
  }, [hasMoved]);
  return heading;
}
