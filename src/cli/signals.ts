/** SIGINT or SIGTERM, as a promise and as an AbortSignal. A second one ends the process at once. */
export function untilSignal(): { signal: AbortSignal; stopped: Promise<string> } {
  const controller = new AbortController();
  const stopped = new Promise<string>((resolve) => {
    const onSignal = (name: string) => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort(new Error(`stopped by ${name}`));
      resolve(name);
    };
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
  });
  return { signal: controller.signal, stopped };
}

/** Ends the process when it is still there after `ms` milliseconds, and says so before. */
export function endAfter(ms: number, beforeEnd: () => void): void {
  setTimeout(() => {
    beforeEnd();
    process.exit(1);
  }, ms).unref();
}
