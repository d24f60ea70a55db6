import { Command, InvalidArgumentError, Option } from 'commander';
import { systemClock } from '../runtime/clock.ts';
import { type ListedState, listedStates, listTriggers } from '../trigger/list-triggers.ts';
import { withCommandLedger } from './command-ledger.ts';
import { printJson, printTable } from './output.ts';
import { oneLine } from './pushes-text.ts';

export function triggersListCommand(): Command {
  return new Command('list')
    .description('pushes and what became of their DAGs, the newest first')
    .addOption(new Option('--state <state>', 'only those of one state').choices([...listedStates]))
    .option('--limit <n>', 'at most so many', parseLimit, 50)
    .option('--json', 'as JSON')
    .addHelpText(
      'after',
      '\nStates: due (waits for its turn, or for dag_engine), triggered (dag_engine accepted it), parked (given up;\n' +
        '`triggers retry` does it again), expired (it was too old before dag_engine took it; the same helps), none (no\n' +
        'DAG is configured for its repository). Ignored pushes, and those from before there was a dag_engine, are not here.',
    )
    .action((options: { state?: ListedState; limit: number; json?: boolean }) =>
      withCommandLedger(async ({ pool }, config) => {
        const since = new Date(systemClock.now().getTime() - config.dagEngine.maxAgeMs);
        const found = await listTriggers(pool, { ...options, since });
        if (options.json) printJson(found);
        else {
          printTable(
            ['state', 'received', 'repository', 'ref', 'dag', 'push id', 'run id', ''],
            found.map((trigger) => [
              trigger.state,
              trigger.receivedAt.toISOString(),
              oneLine(trigger.repository),
              oneLine(trigger.ref),
              trigger.dag === null ? '-' : oneLine(trigger.dag),
              trigger.pushId,
              trigger.runId ?? '-',
              oneLine(trigger.reason ?? trigger.remoteUrl ?? trigger.remoteRunId ?? ''),
            ]),
          );
        }
      }),
    );
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (!Number.isSafeInteger(limit) || limit < 1)
    throw new InvalidArgumentError('a whole number from 1 is expected');
  return limit;
}
