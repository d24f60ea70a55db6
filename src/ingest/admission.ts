export interface AdmissionLimits {
  /** So many deliveries are worked on at once. At 1,000 a second the last of them waits 0.3 s. Gitea sends ten at once. */
  readonly most: number;
  /** While the process is late, so many. Below that a delivery is never refused, however busy the machine is. */
  readonly mostWhileLate: number;
  /** What counts as late, in milliseconds. */
  readonly lateMs: number;
  /** While others wait long to be accepted, so many: a refusal costs a fraction of a delivery, and they all get theirs. */
  readonly mostWhileQueueIsLong: number;
}

export const defaultAdmissionLimits: AdmissionLimits = {
  most: 300,
  mostWhileLate: 150,
  lateMs: 250,
  mostWhileQueueIsLong: 1,
};

/** How it goes where deliveries wait before anybody has looked at them. */
export interface Waiting {
  /** How late the process is, in milliseconds: see `watchLateness`. */
  lateMs(): number;
  /** Whether connections wait long to be accepted: see `watchAcceptQueue`. */
  isQueueLong(): boolean;
}

/** Who is let in. Whoever is not is told at once, and not after the time that his sender waits. */
export interface Admission {
  isFull(): boolean;
  /** Counts one more; the function that it gives is to be called when it has its answer. */
  enter(): () => void;
}

export function createAdmission(waiting: Waiting, limits = defaultAdmissionLimits): Admission {
  let inside = 0;
  return {
    isFull: () =>
      inside >= limits.most ||
      (inside >= limits.mostWhileLate && waiting.lateMs() > limits.lateMs) ||
      (inside >= limits.mostWhileQueueIsLong && waiting.isQueueLong()),
    enter() {
      inside++;
      let isOut = false;
      return () => {
        if (!isOut) inside--;
        isOut = true;
      };
    },
  };
}
