import type { SealOutcome } from './seal-check.ts';
import type { Verdict } from './verdict.ts';

/** Something that the audit has to say, and of which event. */
export interface Finding {
  readonly kind: 'broken' | 'unprovable' | 'gap';
  /** The event's stream; for a row, the stream of the push that it is of. */
  readonly stream: string;
  readonly text: string;
}

export interface AuditReport {
  /**
   * `broken`: something contradicts what was sealed or signed. `wrong-key`: nothing does, but there are seals that our
   * audit key did not make.
   */
  readonly status: 'intact' | 'wrong-key' | 'broken';
  readonly events: number;
  readonly pushes: Readonly<Record<Verdict, number>>;
  /** Deliveries that were signed but are no pushes. */
  readonly rejectedDeliveries: Readonly<Record<Verdict, number>>;
  readonly seals: Readonly<Record<SealOutcome['state'], number>>;
  /** Audit keys that we do not have, by what names them. */
  readonly otherKeys: readonly string[];
  /** Events that no seal covers yet, and since when. */
  readonly unsealedTail: { readonly events: number; readonly since: string | null };
  readonly chains: { readonly branches: number; readonly gaps: number };
  readonly rows: readonly RowReport[];
  /** In log order, at most `maxFindings` of a kind; `counts` has them all. */
  readonly findings: readonly Finding[];
  readonly counts: Readonly<Record<Finding['kind'], number>>;
}

export interface RowReport {
  readonly table: string;
  readonly rows: number;
  /** Pushes that the projection had handled, but that have no row. */
  readonly missing: number;
  /** Pushes that the projection could not take, and that `projections list` shows. */
  readonly parked: number;
  /** Rows of ours whose push is not in the log. */
  readonly surplus: number;
}

/** So many of a kind are told one by one; what is wrong everywhere must not fill the memory. */
export const maxFindings = 200;

/** Gathers what there is to say. */
export function createFindings() {
  const findings: Finding[] = [];
  const counts: Record<Finding['kind'], number> = { broken: 0, unprovable: 0, gap: 0 };
  return {
    findings,
    counts,
    add(kind: Finding['kind'], stream: string, text: string): void {
      if (counts[kind]++ < maxFindings) findings.push({ kind, stream, text });
    },
  };
}
export type Findings = ReturnType<typeof createFindings>;

export function noVerdicts(): Record<Verdict, number> {
  return { proven: 0, reconstructed: 0, unprovable: 0, broken: 0 };
}
