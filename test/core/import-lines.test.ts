import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readCsvRecord, writeCsvLine } from '../../src/core/csv-cells.ts';
import {
  HeaderFault,
  type ImportLine,
  MAX_LINE_BYTES,
  readImportLines,
  type TransferFormat,
} from '../../src/core/import-lines.ts';
import { SeenNames } from '../../src/core/seen-names.ts';

async function linesOf(
  text: string | Buffer,
  format: TransferFormat,
  pieceBytes = 7,
): Promise<ImportLine[]> {
  const bytes = Buffer.from(text as string);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      yield bytes.subarray(at, at + pieceBytes);
    }
  }
  const lines: ImportLine[] = [];
  for await (const line of readImportLines(pieces(), format)) lines.push(line);
  return lines;
}

const LONG = 'x'.repeat(MAX_LINE_BYTES + 1);

test('each line of JSON Lines is an object or a fault, under the number that editors show', async () => {
  const text = `{"username":"maria"}\r\n\n  \n[1]\n"text"\n{"a":\n${LONG}\n{"username":"bert"}`;
  assert.deepEqual(await linesOf(text, 'jsonl', 1000), [
    { number: 1, fields: { username: 'maria' } },
    { number: 4, fault: 'json_array' },
    { number: 5, fault: 'not_an_object' },
    { number: 6, fault: 'not_json' },
    { number: 7, fault: 'too_long' },
    { number: 8, fields: { username: 'bert' } },
  ]);
});

test('bytes that are no UTF-8 are a fault of their line alone', async () => {
  const bytes = Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}\n{}')]);
  assert.deepEqual(await linesOf(bytes, 'jsonl'), [
    { number: 1, fault: 'not_utf8' },
    { number: 2, fields: {} },
  ]);
});

test('CSV is read by its first line, with quotes, line ends in them and empty cells', async () => {
  const text =
    '\ufeffUsername, role ,"password_hash"\r\n' +
    '"o""neil, ""pat""",ADMIN,\r\n\r\n"two\nlines",,x\nlast,,';
  assert.deepEqual(await linesOf(text, 'csv'), [
    { number: 2, fields: { username: 'o"neil, "pat"', role: 'ADMIN' } },
    { number: 4, fields: { username: 'two\nlines', password_hash: 'x' } },
    { number: 6, fields: { username: 'last' } },
  ]);
});

test('a line of CSV with faulty quotes or cells is a fault, and the next one is read', async () => {
  const rows = Array.from({ length: 3000 }, (_, index) => `"user ${index}","STANDARD"\n`);
  const stray = rows.with(1, 'st"ray,STANDARD\n').join('');
  const lines = await linesOf(`username,role\n${stray}a,b,c\n`, 'csv', 4096);
  assert.equal(lines.length, 3001);
  assert.deepEqual(lines[1], { number: 3, fault: 'quotes' });
  assert.deepEqual(lines[2], { number: 4, fields: { username: 'user 2', role: 'STANDARD' } });
  assert.deepEqual(lines[3000], { number: 3002, fault: 'cell_count' });
});

test('a quote that is never closed costs its own line and no more', async () => {
  const text = `username\n"open\nnext\nlast`;
  assert.deepEqual(await linesOf(text, 'csv'), [
    { number: 2, fault: 'quotes' },
    { number: 3, fields: { username: 'next' } },
    { number: 4, fields: { username: 'last' } },
  ]);
});

test('a line of any length is read over in little memory', async () => {
  async function* pieces() {
    const piece = Buffer.alloc(1024 * 1024, 'x');
    for (let count = 0; count < 200; count += 1) yield piece;
    yield Buffer.from('\n{}\n');
  }
  const before = process.memoryUsage().rss;
  const lines: ImportLine[] = [];
  for await (const line of readImportLines(pieces(), 'jsonl')) lines.push(line);
  assert.deepEqual(lines, [
    { number: 1, fault: 'too_long' },
    { number: 2, fields: {} },
  ]);
  assert.ok(process.memoryUsage().rss - before < 60 * 1024 * 1024);
});

test('a first line of CSV that names no username, or something twice, is no header', async () => {
  for (const header of ['', 'name,role', 'username,username', 'user"name']) {
    const read = linesOf(`${header}\nmaria\n`, 'csv');
    if (header === '') await assert.rejects(read, HeaderFault);
    else await assert.rejects(read, HeaderFault, header);
  }
});

test('the pieces in which it comes make no difference', async () => {
  const cell = fc.oneof(fc.constantFrom('"', '""', '\n', '\r\n', ',', 'é', 'x'), fc.string());
  const texts = fc.array(cell, { maxLength: 30 }).map((cells) => `username\n${cells.join('')}`);
  await fc.assert(
    fc.asyncProperty(texts, fc.integer({ min: 1, max: 20 }), async (text, pieceBytes) => {
      for (const format of ['csv', 'jsonl'] as const) {
        const whole = await linesOf(text, format, 1_000_000);
        assert.deepEqual(await linesOf(text, format, pieceBytes), whole);
      }
    }),
  );
});

test('what is written as CSV is read back as it was, and no cell of it is a formula', () => {
  const texts = fc.array(
    fc.oneof(fc.string(), fc.constantFrom('=1+1', "'=1", "''@x", "'twas", '-', '+49', '', '"')),
    { minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(texts, (cells) => {
      const line = writeCsvLine(cells).slice(0, -1);
      assert.deepEqual(readCsvRecord(line), cells);
      assert.doesNotMatch(line, /(^|,)"[=+\-@]/);
    }),
  );
});

test('a cell of another program keeps its apostrophe, and a cell with a stray quote is none', () => {
  assert.deepEqual(readCsvRecord("'twas,plain,"), ["'twas", 'plain', '']);
  for (const text of ['"a', '"a"b', 'a"b', 'a,"']) assert.equal(readCsvRecord(text), null, text);
});

test('names are remembered, each as itself', () => {
  const seen = new SeenNames();
  const names = Array.from({ length: 50_000 }, (_, index) => `user-${index}@example.com`);
  for (const name of names) assert.equal(seen.add(name), false, name);
  for (const name of names) assert.equal(seen.add(name), true, name);
});
