/** A push to a branch, as a link of the branch's chain. */
export interface Link {
  readonly instance: string;
  readonly repositoryId: number;
  readonly repository: string;
  readonly ref: string;
  readonly before: string | null;
  readonly after: string;
  readonly stream: string;
}

/** A push that starts where no other push of its branch ended. */
export interface Gap {
  readonly repository: string;
  readonly ref: string;
  readonly before: string;
  /** Of the push. */
  readonly stream: string;
}

export interface BranchChains {
  add(link: Link): void;
  readonly branches: number;
  /** Links without a predecessor, but for where a branch was seen first. */
  gaps(): Gap[];
}

/** Ends and starts that have not met yet. On an unbroken branch there is one end, and at most the first start. */
interface Branch {
  repository: string;
  readonly ref: string;
  /** How often the branch was left at a commit. */
  readonly ends: Map<string, number>;
  readonly starts: Start[];
  wasCreated: boolean;
}

interface Start {
  readonly before: string;
  readonly stream: string;
  /** It came when the branch had not been created yet, as far as we know. */
  readonly early: boolean;
}

const isZeros = (sha: string) => /^0+$/.test(sha);

/**
 * Follows every branch by the links of its pushes, in whatever order they arrived: a push must start where another
 * one ended. That is so exactly when as many pushes end at each commit as start there. What is kept grows with the
 * branches and not with the pushes.
 */
export function createBranchChains(): BranchChains {
  const branches = new Map<string, Branch>();
  return {
    get branches() {
      return branches.size;
    },
    add(link) {
      const key = JSON.stringify([link.instance, link.repositoryId, link.ref]);
      const branch = branches.get(key) ?? newBranch(link);
      branches.set(key, branch);
      branch.repository = link.repository;
      if (link.before !== null && isZeros(link.before)) branch.wasCreated = true;
      else if (link.before !== null) start(branch, link.before, link.stream);
      if (!isZeros(link.after)) end(branch, link.after);
    },
    gaps() {
      return [...branches.values()].flatMap(({ repository, ref, starts }) => {
        // Where the branch was there before us, its first push starts where we never saw one end.
        const firstSight = starts.find(({ early }) => early);
        return starts
          .filter((start) => start !== firstSight)
          .map(({ before, stream }) => ({ repository, ref, before, stream }));
      });
    },
  };
}

function newBranch({ repository, ref }: Link): Branch {
  return { repository, ref, ends: new Map(), starts: [], wasCreated: false };
}

function start(branch: Branch, before: string, stream: string): void {
  const count = branch.ends.get(before) ?? 0;
  if (count > 1) branch.ends.set(before, count - 1);
  else if (count === 1) branch.ends.delete(before);
  else branch.starts.push({ before, stream, early: !branch.wasCreated });
}

function end(branch: Branch, after: string): void {
  const met = branch.starts.findIndex(({ before }) => before === after);
  if (met >= 0) branch.starts.splice(met, 1);
  else branch.ends.set(after, (branch.ends.get(after) ?? 0) + 1);
}
