import { streamOf } from '../events/ids.ts';
import type { AuditKey } from './audit-key.ts';
import { createBranchChains } from './branch-chains.ts';
import type { CheckedItem, CheckedPage, EventReference } from './check-page.ts';
import { type AuditReport, createFindings, noVerdicts, type RowReport } from './report.ts';
import { createSealCheck, type NextSeal, type SealOutcome } from './seal-check.ts';
import type { Judgement } from './verdict.ts';

/** The audit as a fold over checked pages. Pure: what it is given is all that it knows. */
export interface AuditFold {
  /** The number of the seal whose events come now. */
  readonly sequence: number;
  /** The first event that no seal covers yet, or null. */
  readonly tailFirst: EventReference | null;
  addPage(page: CheckedPage): void;
  /** A push that its projection had handled has no row, or a row has no push. */
  addRowFinding(stream: string, text: string): void;
  /**
   * After the last page.
   *
   * @param unsealedSince when the first unsealed event was recorded
   */
  finish(rows: readonly RowReport[], unsealedSince: string | null): AuditReport;
}

/** A push or delivery whose signature only its seal can explain. */
interface Undecided {
  readonly stream: string;
  readonly secret: string;
  readonly of: 'pushes' | 'rejectedDeliveries';
}

/** So many are kept until their seal is reached; a seal covers fewer. */
const maxUndecided = 100_000;

export function createAuditFold(next: NextSeal, keys: readonly AuditKey[]): AuditFold {
  const seals = createSealCheck(next, keys);
  const chains = createBranchChains();
  const found = createFindings();
  const counted = { pushes: noVerdicts(), rejectedDeliveries: noVerdicts() };
  const sealCounts: Record<SealOutcome['state'], number> = {
    intact: 0,
    'other-key': 0,
    broken: 0,
    missing: 0,
  };
  const otherKeys = new Set<string>();
  let events = 0;
  let undecided: Undecided[] = [];

  function count(of: keyof typeof counted, stream: string, judgement: Judgement): void {
    if (judgement.verdict === 'undecided') {
      if (undecided.length < maxUndecided) undecided.push({ stream, secret: judgement.secret, of });
      else decide({ stream, secret: judgement.secret, of }, false);
      return;
    }
    counted[of][judgement.verdict]++;
    if ('reason' in judgement) found.add(judgement.verdict, stream, judgement.reason);
  }

  function decide({ stream, secret, of }: Undecided, sealed: boolean): void {
    const verdict = sealed ? 'unprovable' : 'broken';
    const reason = sealed
      ? `the webhook secret "${secret}" is another one now (keep the old one with \`retired: true\`)`
      : `the signature does not match under the webhook secret "${secret}"`;
    counted[of][verdict]++;
    found.add(verdict, stream, reason);
  }

  function closeSeal(outcome: SealOutcome): void {
    const { sequence, state, reason } = outcome;
    sealCounts[state]++;
    const stream = streamOf.seal(sequence);
    if (state === 'other-key') {
      found.add('unprovable', stream, reason);
      const seal = next(sequence);
      if (seal) otherKeys.add(seal.key);
    } else if (state !== 'intact') found.add('broken', stream, reason);
    for (const waiting of undecided) decide(waiting, state === 'intact');
    undecided = [];
  }

  function addItem({ type, judgement, push, confirms }: CheckedItem, { stream }: EventReference): void {
    switch (type) {
      case 'PushReceived':
        count('pushes', stream, judgement);
        if (push?.refKind === 'branch' && !push.isLate) chains.add({ ...push, stream });
        return;
      case 'PushConfirmed':
        // The push is counted already, as one without a signature: now it has one.
        if (confirms && counted.pushes.reconstructed > 0) counted.pushes.reconstructed--;
        count('pushes', stream, judgement);
        return;
      case 'DeliveryRejected':
        count('rejectedDeliveries', stream, judgement);
    }
  }

  return {
    get sequence() {
      return seals.sequence;
    },
    get tailFirst() {
      return seals.tail.first;
    },
    addPage({ events: page, digests, items }) {
      events += page.length;
      let item = 0;
      for (const [index, event] of page.entries()) {
        for (let current = items[item]; current?.index === index; current = items[++item])
          addItem(current, event);
        const digest = digests.subarray(index * 32, index * 32 + 32);
        for (const outcome of seals.add(event, digest)) closeSeal(outcome);
      }
    },
    addRowFinding(stream, text) {
      found.add('broken', stream, text);
    },
    finish(rows, unsealedSince) {
      for (const waiting of undecided) decide(waiting, false);
      const gaps = chains.gaps();
      for (const { repository, ref, before, stream } of gaps) {
        found.add('gap', stream, `${repository} ${ref}: no push that led to ${before} is known`);
      }
      const otherwise = otherKeys.size > 0 ? 'wrong-key' : 'intact';
      return {
        status: found.counts.broken > 0 ? 'broken' : otherwise,
        events,
        ...counted,
        seals: sealCounts,
        otherKeys: [...otherKeys],
        unsealedTail: { events: seals.tail.count, since: unsealedSince },
        chains: { branches: chains.branches, gaps: gaps.length },
        rows,
        findings: found.findings,
        counts: found.counts,
      };
    },
  };
}
