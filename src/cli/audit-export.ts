/** `sallyport audit export` */

import { InvalidArgumentError } from 'commander';
import { AUDIT_FIELD_NAMES, auditFields } from './audit-rows.ts';
import { type CommandContext, EXIT } from './context.ts';
import { toCsvLine } from './csv.ts';
import { CommandFailure } from './failures.ts';
import { EXIT_CODES, examples, SETTINGS } from './help-texts.ts';
import { withOpened } from './opened-folder.ts';
import type { OperatorCommand } from './operator-command.ts';
import { PacedOutput } from './output.ts';
import { parseRfc3339 } from './times.ts';
import { toVisibleJson } from './visible-text.ts';

const ABOUT = `Write the audit trail to standard output, oldest first, all of it or a span of
time.

Times are RFC 3339, such as 2026-11-22T05:14:16Z or 2026-11-22 for midnight
UTC. Any length is written in the same small memory.`;

const FORMATS = ['jsonl', 'csv'] as const;

interface ExportOptions {
  readonly since?: number;
  readonly until?: number;
  readonly format: (typeof FORMATS)[number];
}

export function addAuditExport(audit: OperatorCommand, context: CommandContext): void {
  audit
    .addNew('export')
    .summary('write the events of a span of time as JSON Lines or CSV')
    .description(ABOUT)
    .option('--since <time>', 'from this time on (default: the oldest event)', parseTime)
    .option('--until <time>', 'before this time (default: the newest event)', parseTime)
    .option('--format <format>', `how to write: ${FORMATS.join(' or ')}`, parseFormat, 'jsonl')
    .suggests('--format', FORMATS)
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
        if (format === 'csv') await output.add(toCsvLine(AUDIT_FIELD_NAMES));
        for await (const record of auditTrail.between(since, until)) {
          const fields = auditFields(record);
          const cells = AUDIT_FIELD_NAMES.map((name) => fields[name] ?? null);
          await output.add(format === 'csv' ? toCsvLine(cells) : `${toVisibleJson(fields)}\n`);
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

function parseFormat(text: string): (typeof FORMATS)[number] {
  const format = FORMATS.find((candidate) => candidate === text);
  if (format === undefined) throw new InvalidArgumentError(`Say ${FORMATS.join(' or ')}.`);
  return format;
}
