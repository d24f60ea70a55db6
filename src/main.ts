import { Command, CommanderError } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { auditCommand } from './cli/audit.ts';
import { configCommand } from './cli/config-print.ts';
import { demoCommand } from './cli/demo.ts';
import { exitStatusOf } from './cli/exit-status.ts';
import { notificationsCommand } from './cli/notifications-list.ts';
import { projectionsCommand } from './cli/projections.ts';
import { pushesCommand } from './cli/pushes.ts';
import { rebuildCommand } from './cli/rebuild.ts';
import { serveCommand } from './cli/serve.ts';
import { spoolCommand } from './cli/spool.ts';
import { storeCommand } from './cli/store-copy.ts';
import { messageOf } from './runtime/errors.ts';

const program = new Command('pushledger')
  .description(
    'Turns every push to Gitea into exactly one immutable event, and derives everything else from it.',
  )
  .version(packageJson.version)
  .addCommand(serveCommand())
  .addCommand(demoCommand())
  .addCommand(pushesCommand())
  .addCommand(auditCommand())
  .addCommand(rebuildCommand())
  .addCommand(projectionsCommand())
  .addCommand(notificationsCommand())
  .addCommand(spoolCommand())
  .addCommand(storeCommand())
  .addCommand(configCommand())
  .addHelpText(
    'after',
    '\nExit status: 0 good, 1 something is wrong with what was looked at, 2 wrong usage or configuration.',
  );

// A rejection that nobody waited for is a defect, but never a reason to stop taking deliveries.
process.on('unhandledRejection', (reason) => {
  process.stderr.write(
    `${JSON.stringify({ level: 'error', msg: `unhandled rejection: ${messageOf(reason)}` })}\n`,
  );
});

for (const command of [
  program,
  ...program.commands,
  ...program.commands.flatMap((group) => group.commands),
]) {
  // Commands that were made by themselves inherit neither.
  command.exitOverride().showHelpAfterError('(add --help for what there is)');
}
try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) process.stderr.write(`pushledger: ${messageOf(error)}\n`);
  process.exitCode = exitStatusOf(error);
}
