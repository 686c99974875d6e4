/** Users in and out of a server, over the management API and within what one call of it takes. */

import { readImportLines, type TransferFormat } from '../../core/import-lines.ts';
import { lineFaultSentence } from '../../core/import-sentences.ts';
import { type ImportOptions, type LineReport, withDefaults } from '../../core/user-imports.ts';
import { EXIT } from '../context.ts';
import { CommandFailure } from '../failures.ts';
import type { TransferTarget } from '../operator-target.ts';
import {
  type AnswerObject,
  readObject,
  readObjects,
  readOneOf,
  readOptional,
  readText,
  readWhole,
} from './answers.ts';
import { type Asked, settle } from './remote-operations.ts';

/** A call takes 1 MiB; this is answered in time by a server that has other things to do. */
const MAX_CALL_LENGTH = 128 * 1024;
const OUTCOMES = ['created', 'would_create', 'exists', 'failed'] as const;

export function remoteTransfers(asked: Asked): TransferTarget {
  return {
    importUsers: (pieces, format, options) => importUsers(asked, pieces, format, options),
    exportUsers: (format) =>
      asked.stream({
        method: 'GET',
        path: `/management/users/export?format=${format}`,
        headers: { accept: 'application/jsonl, text/csv, application/problem+json' },
      }),
  };
}

/** Lines that go in one call, and what is known of those that do not. */
interface Call {
  /** The number in the file of each line that is sent. */
  readonly numbers: number[];
  readonly reports: LineReport[];
  content: string;
}

const newCall = (): Call => ({ numbers: [], reports: [], content: '' });

async function* importUsers(
  asked: Asked,
  pieces: AsyncIterable<Uint8Array>,
  format: TransferFormat,
  options: ImportOptions,
): AsyncGenerator<readonly LineReport[]> {
  if (options.allowsPlainPasswords) {
    const line =
      'A server hashes no passwords in the clear by the thousand; leave --plain-passwords or ' +
      '--url out, and run the command on its machine.';
    throw new CommandFailure('usage', [line], EXIT.usage);
  }
  let call = newCall();
  for await (const line of readImportLines(pieces, format)) {
    const { number } = line;
    if ('fault' in line) {
      const reason = lineFaultSentence(line.fault);
      call.reports.push({ line: number, outcome: 'failed', username: null, reason });
      continue;
    }
    call.numbers.push(number);
    call.content += `${JSON.stringify(withDefaults(line.fields, options.defaults))}\n`;
    if (call.content.length < MAX_CALL_LENGTH) continue;
    yield await settleCall(asked, call, options);
    call = newCall();
  }
  yield await settleCall(asked, call, options);
}

async function settleCall(
  asked: Asked,
  { numbers, reports, content }: Call,
  { isDryRun }: ImportOptions,
): Promise<LineReport[]> {
  if (content === '') return reports;
  const answer = await settle(asked, {
    method: 'POST',
    path: `/management/users/import?dry_run=${isDryRun}`,
    text: { type: 'application/jsonl', content },
  });
  const object = readObject(answer);
  const settled = readObjects(object.call, object.fields.lines).map((line) =>
    readReport(line, numbers),
  );
  return [...reports, ...settled].sort((a, b) => a.line - b.line);
}

/** Lines are counted in the call there, and in the file here. */
function readReport(object: AnswerObject, numbers: readonly number[]): LineReport {
  const line = numbers[readWhole(object, 'line') - 1];
  return {
    line: line ?? 0,
    outcome: readOneOf(object, 'outcome', OUTCOMES),
    username: readOptional(object, 'username', readText),
    reason: readOptional(object, 'reason', readText),
  };
}
