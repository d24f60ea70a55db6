import { runProgram } from '../support/service-process.ts';
import type { System } from './system.ts';

/** What `rebuild --dry-run` and `audit verify` find; nothing when all is as it is to be. */
export async function askCommands(system: System): Promise<string[]> {
  const found: string[] = [];
  for (const args of [
    ['rebuild', '--dry-run'],
    ['audit', 'verify'],
  ]) {
    const { status, stdout, stderr } = await runProgram(args, { cwd: system.directory, env: system.env });
    if (status !== 0) {
      const said = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
      found.push(`${args.join(' ')} ended with status ${status}:\n    ${said.slice(-25).join('\n    ')}`);
    }
  }
  return found;
}
