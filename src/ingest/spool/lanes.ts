/** Runs work one after another within a lane, and lanes side by side. */
export interface Lanes {
  /** The work begins when all that entered the lane before has ended. Without waiting where nothing did. */
  run<T>(lane: string, work: () => Promise<T>): Promise<T>;
}

export function createLanes(): Lanes {
  /** The end of the last work in each lane in which there is any. */
  const ends = new Map<string, Promise<void>>();
  return {
    run(lane, work) {
      const before = ends.get(lane);
      const result = before ? before.then(work) : work();
      const end = result.then(
        () => undefined,
        () => undefined,
      );
      ends.set(lane, end);
      void end.then(() => {
        if (ends.get(lane) === end) ends.delete(lane);
      });
      return result;
    },
  };
}
