import { isZeros } from '../events/ref.ts';
import type { RepositoryReport } from '../gitea/recovery/recover.ts';
import type { RecoveredPush } from '../gitea/recovery/recover-repository.ts';
import { printTable } from './output.ts';
import { oneLine, shortSha } from './pushes-text.ts';

/** Whether all of a repository was looked at. */
export function isChecked(report: RepositoryReport): boolean {
  return 'recovered' in report && report.recovered.left === 0 && !report.recovered.feedIsCut;
}

/** A table of the repositories, and one of the pushes that were found. */
export function printReports(reports: readonly RepositoryReport[], dryRun: boolean): void {
  const found = dryRun ? 'missing' : 'recovered';
  printTable(
    ['repository', found, 'result'],
    reports.map((report) => [oneLine(report.fullName), countOf(report), resultOf(report)]),
  );
  const pushes = reports.flatMap((report) =>
    'recovered' in report ? report.recovered.pushes.map((push) => pushRow(report.fullName, push)) : [],
  );
  if (pushes.length === 0) return;
  process.stdout.write('\n');
  printTable(['repository', 'ref', 'push', 'pushed at', 'push id'], pushes);
}

function countOf(report: RepositoryReport): string {
  return 'recovered' in report ? String(report.recovered.pushes.length) : '-';
}

function resultOf(report: RepositoryReport): string {
  switch (report.outcome) {
    case 'failed':
      // Whole: its end says what to do.
      return `not checked: ${report.error.replace(/\p{Cc}+/gu, ' ')}`;
    case 'gone':
      return 'not checked: it is gone, or the token may not see it';
    case 'baselined':
    case 'checked': {
      const { left, feedIsCut, unreadable } = report.recovered;
      const remarks = [
        report.outcome === 'baselined' ? 'first contact: what was pushed before is not missed' : 'checked',
        ...(left > 0 ? [`${left} may still arrive, and are looked at the next time`] : []),
        ...(feedIsCut ? ['the activity feed goes back further than it was read'] : []),
        ...(unreadable > 0 ? [`${unreadable} entries of the activity feed are too long for it`] : []),
      ];
      return remarks.join('; ');
    }
  }
}

function pushRow(
  fullName: string,
  { ref, before, after, pushedAt, collapsed, pushId }: RecoveredPush,
): string[] {
  const from = before === null || isZeros(before) ? 'new' : shortSha(before);
  const to = isZeros(after) ? 'deleted' : shortSha(after);
  return [
    oneLine(fullName),
    oneLine(ref),
    `${from}..${to}${collapsed ? ' (one or more pushes)' : ''}`,
    pushedAt ?? 'not known',
    pushId ?? '-',
  ];
}
