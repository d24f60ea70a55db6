import { Command } from 'commander';
import { type Finding, groups } from '../doctor/finding.ts';
import { runDoctor } from '../doctor/run-doctor.ts';
import { loadProcessConfig } from './load-config.ts';
import { untilSignal } from './signals.ts';

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('look at everything that pushledger needs, and say what to do about what is wrong')
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nChanges nothing and starts nothing; `serve` may run meanwhile. It takes a few seconds, 15 at most.\n' +
        '\nExit status: 0 nothing is wrong (there may be warnings), 1 something is wrong.',
    )
    .action(async ({ json }: { json?: boolean }) => {
      const { signal } = untilSignal();
      const findings = await runDoctor({ load: loadProcessConfig, signal });
      const text = json ? JSON.stringify(findings, null, 2) : renderFindings(findings);
      const status = findings.some(({ verdict }) => verdict === 'wrong') ? 1 : 0;
      // What hangs, and has been told, must not keep the process.
      process.stdout.write(`${text}\n`, () => process.exit(status));
    });
}

/** By group, one line each; the advice in a line below, where there is one. */
export function renderFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const sections = groups.flatMap((group) => {
    const own = findings.filter((finding) => finding.group === group);
    if (own.length === 0) return [];
    const lines = own.flatMap(({ verdict, check, text, advice }) => [
      `  ${verdict.padEnd(7)}  ${check.padEnd(width)}  ${text}`,
      ...(advice === null ? [] : [`  ${''.padEnd(7)}  ${''.padEnd(width)}  → ${advice}`]),
    ]);
    return [[group, ...lines].join('\n')];
  });
  return [...sections, summaryOf(findings)].join('\n\n');
}

function summaryOf(findings: readonly Finding[]): string {
  const count = (verdict: Finding['verdict']) => findings.filter((each) => each.verdict === verdict).length;
  return `${count('ok')} ok, ${count('warning')} warnings, ${count('wrong')} wrong, ${count('skipped')} skipped`;
}
