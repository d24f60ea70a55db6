import { useSyncExternalStore } from 'react';
import { placeOf } from './address.ts';

function subscribe(changed: () => void): () => void {
  window.addEventListener('hashchange', changed);
  window.addEventListener('popstate', changed);
  return () => {
    window.removeEventListener('hashchange', changed);
    window.removeEventListener('popstate', changed);
  };
}

/** @param to a path with its parameters */
export function goTo(to: string, { replace = false }: { replace?: boolean } = {}): void {
  if (!replace) {
    window.location.hash = to;
    return;
  }
  window.history.replaceState(null, '', `#${to}`);
  window.dispatchEvent(new PopStateEvent('popstate'));
}

/** As wouter asks for: the path, and how one gets elsewhere. */
export function usePlace(): [string, typeof goTo] {
  return [useSyncExternalStore(subscribe, () => placeOf(window.location.hash).path), goTo];
}
usePlace.hrefs = (to: string) => `#${to}`;

export function usePlaceSearch(): string {
  return useSyncExternalStore(subscribe, () => placeOf(window.location.hash).search);
}
