import { type AuditReport, type Finding, maxFindings } from '../audit/report.ts';
import type { Verdict } from '../audit/verdict.ts';
import { renderTable } from './output.ts';
import { oneLine } from './pushes-text.ts';

/** What `audit verify` prints: a summary, then everything that is to be looked at. */
export function renderReport(report: AuditReport): string {
  const { unsealedTail, seals, chains } = report;
  const lines: [string, string][] = [
    ['events', String(report.events)],
    ['pushes', countsOf(report.pushes)],
    ...(total(report.rejectedDeliveries) > 0
      ? [['rejected deliveries', countsOf(report.rejectedDeliveries)] as [string, string]]
      : []),
    [
      'seals',
      countsOf({
        intact: seals.intact,
        'of another key': seals['other-key'],
        broken: seals.broken,
        missing: seals.missing,
      }),
    ],
    [
      'unsealed tail',
      unsealedTail.events === 0 ? 'none' : `${unsealedTail.events} events since ${unsealedTail.since}`,
    ],
    ['branches', `${chains.branches}, ${chains.gaps} gaps`],
    ...report.rows.map(({ table, rows, missing, parked, surplus }): [string, string] => [
      table,
      `${rows} rows, ${missing} missing, ${Math.max(0, surplus)} without a push${parked > 0 ? `, ${parked} parked` : ''}`,
    ]),
  ];
  const sections = [
    renderTable(['', ''], lines).trimStart(),
    section('Broken', report, 'broken'),
    section('Gaps: a push that Gitea never delivered, or that came in before we did', report, 'gap'),
    section('Unprovable', report, 'unprovable'),
    conclusionOf(report),
  ];
  return sections.filter((text) => text !== '').join('\n\n');
}

function section(title: string, { findings, counts }: AuditReport, kind: Finding['kind']): string {
  const shown = findings.filter((finding) => finding.kind === kind);
  if (shown.length === 0) return '';
  const rest = counts[kind] > maxFindings ? `\n  … and ${counts[kind] - shown.length} more` : '';
  return `${title}\n${shown.map(({ stream, text }) => `  ${oneLine(stream, 200)}: ${oneLine(text, 300)}`).join('\n')}${rest}`;
}

function conclusionOf({ status, counts, otherKeys, unsealedTail }: AuditReport): string {
  switch (status) {
    case 'broken':
      return `BROKEN: ${counts.broken} ${counts.broken === 1 ? 'finding' : 'findings'}.`;
    case 'wrong-key':
      return (
        `Nothing is broken, but there are seals of the audit key ${otherKeys.join(', ')}, which is not ours: ` +
        'set AUDIT_KEY to the one that made them, or give it by --old-key.'
      );
    case 'intact':
      return unsealedTail.events === 0
        ? 'Nothing is broken.'
        : 'Nothing is broken; the tail is not sealed yet.';
  }
}

function total(counts: Readonly<Record<Verdict, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function countsOf(counts: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return parts.length === 0 ? 'none' : parts.map(([name, count]) => `${count} ${name}`).join(', ');
}
