/** Remembers one call for whoever waits next, so that none is lost between looking and waiting. */
export interface Wake {
  call(): void;
  /** Resolves once there was a call since the last time it resolved, or when the signal aborts. */
  wait(signal: AbortSignal): Promise<void>;
}

export function createWake(): Wake {
  let called = false;
  let resolveWaiting: () => void = () => undefined;
  return {
    call() {
      called = true;
      resolveWaiting();
    },
    async wait(signal) {
      if (!called && !signal.aborted) {
        await new Promise<void>((resolve) => {
          resolveWaiting = () => {
            signal.removeEventListener('abort', resolveWaiting);
            resolve();
          };
          signal.addEventListener('abort', resolveWaiting, { once: true });
        });
      }
      called = false;
    },
  };
}
