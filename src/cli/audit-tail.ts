/** `sallyport audit tail` */

import { InvalidArgumentError } from 'commander';
import type { AuditFilter } from '../core/audit-filters.ts';
import type { AuditRecord } from '../core/repository.ts';
import { type AuditFilterOptions, addAuditFilters, auditFilter } from './audit-options.ts';
import { AUDIT_LISTING } from './audit-rows.ts';
import type { CommandContext } from './context.ts';
import { EXIT_CODES, examples, MANAGER_CREDENTIALS } from './help-texts.ts';
import type { OperatorCommand } from './operator-command.ts';
import type { AuditTarget, OperatorTarget } from './operator-target.ts';
import { remark } from './output.ts';
import { startRows } from './tables.ts';
import { type TargetOptions, withTarget } from './target-options.ts';

const ABOUT = `Show the newest events of the audit trail, newest last: who did what to whom,
when, and from where.

On a terminal this is a table that fits it. Elsewhere columns are separated by
tabs and nothing is cut. Times are UTC. Characters that a terminal would obey
or hide are shown as \\u{…}.`;

const DEFAULT_LINES = 20;
const MAX_LINES = 10_000;

interface TailOptions extends TargetOptions, AuditFilterOptions {
  readonly follow?: boolean;
  readonly lines: number;
}

export function addAuditTail(audit: OperatorCommand, context: CommandContext): void {
  const tail = audit
    .addNew('tail')
    .summary('show the newest events, and those that come in')
    .description(ABOUT)
    .option('-f, --follow', 'go on with what comes in, until Ctrl-C')
    .option('-n, --lines <number>', 'how many events to begin with', parseLines, DEFAULT_LINES);
  addAuditFilters(tail as OperatorCommand)
    .answersInJson()
    .worksOnServers({ canSignInAsUser: true })
    .addHelpText(
      'after',
      `
With --json each event is one JSON object on a line of its own. An access token
does not see the audit trail of a server.
${MANAGER_CREDENTIALS}
${examples(
  'npx sallyport audit tail --follow',
  'npx sallyport audit tail --event session.refresh_reused --lines 100',
  'npx sallyport audit tail --subject admin --json',
  'npx sallyport audit tail -f --url https://auth.example.com --as alice',
)}
${EXIT_CODES}`,
    )
    .action((options: TailOptions) =>
      withTarget(context, options, (target) => show(context, target, options)),
    );
}

async function show(
  context: CommandContext,
  { audit, place }: OperatorTarget,
  options: TailOptions,
): Promise<void> {
  const { follow = false, json = false, lines } = options;
  const filter = auditFilter(options);
  const lastId = follow ? await audit.lastId() : 0;
  const newest = await audit.newest(filter, lines);
  if (newest.length === 0 && !follow && !json) {
    remark(context, `There are no such events ${place}.`);
  }
  const addRows = await startRows(context, json, AUDIT_LISTING, newest);
  if (!follow) return;
  const shownIds = new Set(newest.map(({ id }) => id));
  const isNew = ({ id }: AuditRecord) => !shownIds.has(id);
  const events = eventsAfter(audit, filter, lastId, context.listenForEnd());
  for await (const records of events) await addRows(records.filter(isNew));
}

async function* eventsAfter(
  audit: AuditTarget,
  filter: AuditFilter,
  lastId: number,
  end: AbortSignal,
): AsyncGenerator<readonly AuditRecord[]> {
  for await (const records of audit.follow(filter, lastId, end)) {
    if (end.aborted) return;
    if (records.length > 0) yield records;
  }
}

function parseLines(text: string): number {
  const lines = Number(text);
  if (/^\d{1,5}$/.test(text) && lines <= MAX_LINES) return lines;
  throw new InvalidArgumentError(`Say a whole number from 0 to ${MAX_LINES}.`);
}
