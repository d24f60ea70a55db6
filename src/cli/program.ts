import { Command } from 'commander';
import packageJson from '../../package.json' with { type: 'json' };
import { auditCommand } from './audit.ts';
import { configCommand } from './config-print.ts';
import { deliveriesCommand } from './deliveries.ts';
import { demoCommand } from './demo.ts';
import { doctorCommand } from './doctor.ts';
import { healthCommand } from './health.ts';
import { hooksCommand } from './hooks.ts';
import { notificationsCommand } from './notifications.ts';
import { projectionsCommand } from './projections.ts';
import { pushesCommand } from './pushes.ts';
import { rebuildCommand } from './rebuild.ts';
import { recoverCommand } from './recover.ts';
import { serveCommand } from './serve.ts';
import { spoolCommand } from './spool.ts';
import { storeCommand } from './store-copy.ts';
import { triggersCommand } from './triggers.ts';

/** All commands, as they are called and as the documentation lists them. Each call makes new ones. */
export function createProgram(): Command {
  const program = new Command('pushledger')
    .description(
      'Turns every push to Gitea into exactly one immutable event, and derives everything else from it.',
    )
    .version(packageJson.version)
    .addCommand(serveCommand())
    .addCommand(demoCommand())
    .addCommand(hooksCommand())
    .addCommand(pushesCommand())
    .addCommand(deliveriesCommand())
    .addCommand(auditCommand())
    .addCommand(recoverCommand())
    .addCommand(rebuildCommand())
    .addCommand(projectionsCommand())
    .addCommand(notificationsCommand())
    .addCommand(triggersCommand())
    .addCommand(spoolCommand())
    .addCommand(storeCommand())
    .addCommand(doctorCommand())
    .addCommand(healthCommand())
    .addCommand(configCommand())
    .addHelpText(
      'after',
      '\nExit status: 0 good, 1 something is wrong with what was looked at, 2 wrong usage or configuration.',
    );

  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap((group) => group.commands),
  ]) {
    // Commands that were made by themselves inherit neither.
    command.exitOverride().showHelpAfterError('(add --help for what there is)');
  }
  return program;
}
