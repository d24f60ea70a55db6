import { Command } from 'commander';
import { auditExportCommand } from './audit-export.ts';
import { auditVerifyCommand } from './audit-verify.ts';

export function auditCommand(): Command {
  return new Command('audit')
    .description('prove the log, and give it to others')
    .addCommand(auditVerifyCommand())
    .addCommand(auditExportCommand());
}
