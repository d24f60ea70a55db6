import { Command } from 'commander';
import { hooksInstallCommand } from './hooks-install.ts';
import { hooksListCommand } from './hooks-list.ts';
import { hooksRemoveCommand } from './hooks-remove.ts';
import { hooksRotateSecretCommand } from './hooks-rotate-secret.ts';
import { hooksTestCommand } from './hooks-test.ts';
import { hooksVerifyCommand } from './hooks-verify.ts';

export function hooksCommand(): Command {
  return new Command('hooks')
    .description('the webhooks in Gitea that call this service')
    .addCommand(hooksInstallCommand())
    .addCommand(hooksListCommand())
    .addCommand(hooksVerifyCommand())
    .addCommand(hooksTestCommand())
    .addCommand(hooksRemoveCommand())
    .addCommand(hooksRotateSecretCommand())
    .addHelpText(
      'after',
      '\nGITEA_URL, GITEA_TOKEN (scope write:repository; --org: write:organization; --system: write:admin) and\n' +
        'PUBLIC_URL come from the environment or pushledger.yaml.',
    );
}
