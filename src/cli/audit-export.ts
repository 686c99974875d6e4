/** `sallyport audit export` */

import { InvalidArgumentError } from 'commander';
import {
  AUDIT_EXPORT_FORMATS,
  type AuditExportFormat,
  auditExportHeader,
  auditExportLine,
} from '../core/audit-fields.ts';
import { parseRfc3339 } from '../core/rfc3339.ts';
import { type CommandContext, EXIT } from './context.ts';
import { CommandFailure } from './failures.ts';
import { EXIT_CODES, examples, SETTINGS } from './help-texts.ts';
import { withOpened } from './opened-folder.ts';
import type { OperatorCommand } from './operator-command.ts';
import { PacedOutput } from './output.ts';

const ABOUT = `Write the audit trail to standard output, oldest first, all of it or a span of
time.

Times are RFC 3339, such as 2026-11-22T05:14:16Z or 2026-11-22 for midnight
UTC. Any length is written in the same small memory.`;

interface ExportOptions {
  readonly since?: number;
  readonly until?: number;
  readonly format: AuditExportFormat;
}

export function addAuditExport(audit: OperatorCommand, context: CommandContext): void {
  audit
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
    )
    .suggests('--format', AUDIT_EXPORT_FORMATS)
    .addHelpText(
      'after',
      `
In CSV a text that a spreadsheet would take for a formula begins with an
apostrophe. Characters that a terminal would obey or hide are escaped in both.
${SETTINGS}
${examples(
  'npx sallyport audit export > audit.jsonl',
  'npx sallyport audit export --since 2026-11-01 --until 2026-12-01 --format csv',
)}
${EXIT_CODES}`,
    )
    .action(async ({ since = 0, until = Number.MAX_SAFE_INTEGER, format }: ExportOptions) => {
      if (since >= until) {
        const line = '--since must be earlier than --until.';
        throw new CommandFailure('time_span_empty', [line], EXIT.usage);
      }
      await withOpened(context, async ({ auditTrail }) => {
        const output = new PacedOutput(context);
        await output.add(auditExportHeader(format));
        for await (const record of auditTrail.between({ sinceMs: since, untilMs: until })) {
          await output.add(auditExportLine(format, record));
        }
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
  if (format === undefined)
    throw new InvalidArgumentError(`Say ${AUDIT_EXPORT_FORMATS.join(' or ')}.`);
  return format;
}
