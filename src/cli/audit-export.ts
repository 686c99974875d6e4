/** `sallyport audit export` */

import { InvalidArgumentError } from 'commander';
import { AUDIT_EXPORT_FORMATS, type AuditExportFormat } from '../core/audit-fields.ts';
import { parseRfc3339 } from '../core/rfc3339.ts';
import { type AuditFilterOptions, addAuditFilters, auditFilter } from './audit-options.ts';
import { type CommandContext, EXIT } from './context.ts';
import { CommandFailure } from './failures.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import { PacedOutput } from './output.ts';
import { type TargetOptions, withTarget } from './target-options.ts';

const ABOUT = `Write the audit trail to standard output, oldest first, all of it or a span of
time.

Times are RFC 3339, such as 2026-11-22T05:14:16Z or 2026-11-22 for midnight
UTC. Any length is written in the same small memory.`;

interface ExportOptions extends TargetOptions, AuditFilterOptions {
  readonly since?: number;
  readonly until?: number;
  readonly format: AuditExportFormat;
}

export function addAuditExport(audit: OperatorCommand, context: CommandContext): void {
  const command = audit
    .addNew('export')
    .summary('write the events of a span of time as JSON Lines or CSV')
    .description(ABOUT)
    .option('--since <time>', 'from this time on (default: the oldest event)', parseTime)
    .option('--until <time>', 'before this time (default: the newest event)', parseTime)
    .option(
      '--format <format>',
      `how to write: ${AUDIT_EXPORT_FORMATS.join(' or ')}`,
      parseFormat,
      'jsonl',
    );
  addAuditFilters(command as OperatorCommand)
    .suggests('--format', AUDIT_EXPORT_FORMATS)
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `
In CSV a text that a spreadsheet would take for a formula begins with an
apostrophe. Characters that a terminal would obey or hide are escaped in both.
An access token does not see the audit trail of a server. An export that could
not be finished ends with code ${EXIT.failed}.
${MANAGER_CREDENTIALS}
${examples(
  'npx sallyport audit export > audit.jsonl',
  'npx sallyport audit export --since 2026-11-01 --until 2026-12-01 --format csv',
  'npx sallyport audit export --subject 7 --url https://auth.example.com',
)}
${EXIT_CODES}`,
    )
    .action(async (options: ExportOptions) => {
      const { since, until, format } = options;
      if (since !== undefined && until !== undefined && since >= until) {
        const line = '--since must be earlier than --until.';
        throw new CommandFailure('time_span_empty', [line], EXIT.usage);
      }
      const filter = {
        ...auditFilter(options),
        ...(since !== undefined && { sinceMs: since }),
        ...(until !== undefined && { untilMs: until }),
      };
      await withTarget(context, options, async ({ audit }) => {
        const output = new PacedOutput(context);
        for await (const text of audit.export(filter, format)) await output.add(text);
        await output.flush();
      });
    });
}

function parseTime(text: string): number {
  const ms = parseRfc3339(text);
  if (ms !== null) return ms;
  throw new InvalidArgumentError('Say a time such as 2026-11-22T05:14:16Z, or 2026-11-22.');
}

function parseFormat(text: string): AuditExportFormat {
  const format = AUDIT_EXPORT_FORMATS.find((candidate) => candidate === text);
  if (format !== undefined) return format;
  throw new InvalidArgumentError(`Say ${AUDIT_EXPORT_FORMATS.join(' or ')}.`);
}
