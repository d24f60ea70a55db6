import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useRef, useState } from 'react';
import type { Changes, LiveStatus } from '../../../src/dashboard/api/schemas/live.ts';
import { sessionQuery } from '../api/queries.ts';
import { outsideText } from '../format/outside.ts';
import { refName } from '../format/push-names.ts';
import type { Messages } from '../i18n/en.ts';
import { useText } from '../i18n/i18n.tsx';
import { type LiveState, stayConnected } from './connection.ts';
import { createCacheUpdater } from './update-cache.ts';

export interface Live {
  readonly state: LiveState;
  /** When the connection was lost; null while there is one. */
  readonly lostAt: Date | null;
  /** What a screen reader is told of the last change. */
  readonly news: string;
}

const context = createContext<Live>({ state: 'connecting', lostAt: null, news: '' });

/** Keeps all that is shown up to date while it is mounted. */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const text = useText();
  const spoken = useRef(text);
  spoken.current = text;
  const [state, setState] = useState<LiveState>('connecting');
  const [lostAt, setLostAt] = useState<Date | null>(null);
  const [news, setNews] = useState('');

  useEffect(() => {
    const ending = new AbortController();
    const updater = createCacheUpdater(client);
    void stayConnected(
      {
        onEvent({ name, data }) {
          if (name === 'status') updater.status(JSON.parse(data) as LiveStatus);
          if (name === 'reset') updater.gap();
          if (name !== 'changes') return;
          const changes = JSON.parse(data) as Changes;
          updater.changes(changes);
          const told = newsOf(changes, spoken.current);
          if (told) setNews(told);
        },
        onState(next) {
          setState((before) => {
            // What came between the first answers and the first connection, or while it was lost.
            if (next === 'live' && before !== 'live') updater.gap();
            return next;
          });
          setLostAt((before) => (next === 'lost' ? (before ?? new Date()) : null));
        },
        onRefused: () => void client.invalidateQueries(sessionQuery),
      },
      ending.signal,
    );
    return () => ending.abort();
  }, [client]);

  const live = useMemo(() => ({ state, lostAt, news }), [state, lostAt, news]);
  return <context.Provider value={live}>{children}</context.Provider>;
}

export function useLive(): Live {
  return useContext(context);
}

function newsOf({ pushes, morePushes }: Changes, text: Messages): string | null {
  const [push] = pushes;
  const count = pushes.length + morePushes;
  if (!push) return null;
  if (count > 1) return text.live.newPushes(count);
  const who = push.pusher ?? text.state.unknown;
  return text.live.newPush(outsideText(push.repository), outsideText(refName(push)), outsideText(who));
}
