/** In which of its formats users come or go, as an option or by the name of a file. */

import { InvalidArgumentError } from 'commander';
import { TRANSFER_FORMATS, type TransferFormat } from '../core/import-lines.ts';
import { EXIT } from './context.ts';
import { CommandFailure } from './failures.ts';

export function parseFormat(text: string): TransferFormat {
  const format = TRANSFER_FORMATS.find((candidate) => candidate === text);
  if (format === undefined) throw new InvalidArgumentError(`Say ${TRANSFER_FORMATS.join(' or ')}.`);
  return format;
}

/** @throws CommandFailure `usage` */
export function formatOf(file: string): TransferFormat {
  if (/\.csv$/i.test(file)) return 'csv';
  if (/\.(jsonl|ndjson|json)$/i.test(file)) return 'jsonl';
  const line = `The name ${file} does not say what is in it; add --format csv or --format jsonl.`;
  throw new CommandFailure('usage', [line], EXIT.usage);
}
