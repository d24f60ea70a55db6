import { CommanderError } from 'commander';
import { exitStatusOf } from './cli/exit-status.ts';
import { createProgram } from './cli/program.ts';
import { messageOf } from './runtime/errors.ts';

// A rejection that nobody waited for is a defect, but never a reason to stop taking deliveries.
process.on('unhandledRejection', (reason) => {
  process.stderr.write(
    `${JSON.stringify({ level: 'error', msg: `unhandled rejection: ${messageOf(reason)}` })}\n`,
  );
});

try {
  await createProgram().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) process.stderr.write(`pushledger: ${messageOf(error)}\n`);
  process.exitCode = exitStatusOf(error);
}
