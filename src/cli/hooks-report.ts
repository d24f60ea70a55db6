import type { HookOutcome } from '../gitea/hooks/outcome.ts';
import { printJson, printTable } from './output.ts';
import { showProgress } from './progress.ts';

/** Prints what became of each place, and sets exit status 1 where something failed. */
export function reportOutcomes(outcomes: readonly HookOutcome[], { json = false } = {}): void {
  const failures = outcomes.filter(({ result }) => result === 'failed').length;
  if (failures > 0) process.exitCode = 1;
  if (json) {
    printJson(outcomes);
    return;
  }
  printTable(
    ['repository', 'result', 'hook', ''],
    outcomes.map(({ target, result, hookId, detail }) => [
      target,
      result,
      hookId === null ? '-' : String(hookId),
      onOneLine(detail),
    ]),
  );
  process.stdout.write(`\n${summaryOf(outcomes)}\n`);
}

/** Progress over so many places, for `forEachTarget`. */
export function progressOver(
  what: string,
  total: number,
): { onDone: (done: number) => void; end: () => void } {
  const display = showProgress(what);
  return { onDone: (done) => display.update({ done, total }), end: () => display.end() };
}

export function summaryOf(outcomes: readonly HookOutcome[]): string {
  const counts = new Map<string, number>();
  for (const { result } of outcomes) counts.set(result, (counts.get(result) ?? 0) + 1);
  return [...counts].map(([result, count]) => `${count} ${result}`).join(', ') || 'nothing to do';
}

/** What others wrote may hold control characters, which could rewrite the terminal. */
export function onOneLine(text: string): string {
  return text.replace(/\p{Cc}+/gu, ' ').trim();
}
