import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  bodyText,
  headerOf,
  MalformedAnswer,
  parseAnswer,
} from '../../bench/load/answer-parser.ts';

const PLAIN = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello';
const CHUNKED =
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4;a=b\r\nwiki\r\nA\r\n0123456789\r\n0\r\n\r\n';

function bodyOf(text: string): string | null {
  const bytes = Buffer.from(text);
  const answer = parseAnswer(bytes);
  return answer === null ? null : bodyText(bytes, answer);
}

test('an answer is whole with its last byte and not before', () => {
  for (const text of [PLAIN, CHUNKED]) {
    for (let length = 0; length < text.length; length += 1) {
      assert.equal(parseAnswer(Buffer.from(text.slice(0, length))), null, `after ${length} bytes`);
    }
    assert.notEqual(parseAnswer(Buffer.from(text)), null);
  }
});

test('the body is read by its length or by its chunks', () => {
  assert.equal(bodyOf(PLAIN), 'hello');
  assert.equal(bodyOf(CHUNKED), 'wiki0123456789');
});

test('lengths count bytes and not characters', () => {
  assert.equal(bodyOf('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n…!'), '…!');
});

test('the status and the headers are read in any spelling', () => {
  const answer = parseAnswer(
    Buffer.from('HTTP/1.1 503 Busy\r\nCONTENT-LENGTH: 0\r\nRetry-After:  3 \r\n\r\n'),
  );
  assert.equal(answer?.status, 503);
  assert.equal(headerOf(answer?.head ?? '', 'retry-after'), '3');
  assert.equal(headerOf(answer?.head ?? '', 'content-length'), '0');
  assert.equal(headerOf(answer?.head ?? '', 'date'), null);
});

test('an answer that can have no body ends with its head', () => {
  assert.equal(bodyOf('HTTP/1.1 204 No Content\r\n\r\n'), '');
});

test('what is not one HTTP/1.1 answer is refused and never counted', () => {
  const malformed = {
    'another protocol': 'SSH-2.0-OpenSSH_9.2\r\n\r\n',
    'another version': 'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n',
    'an interim status': 'HTTP/1.1 100 Continue\r\nContent-Length: 0\r\n\r\n',
    'no status': 'HTTP/1.1 abc\r\nContent-Length: 0\r\n\r\n',
    'no length': 'HTTP/1.1 200 OK\r\n\r\nhello',
    'a length that is no number': 'HTTP/1.1 200 OK\r\nContent-Length: 5x\r\n\r\nhello',
    'bytes after its end': `${PLAIN}HTTP/1.1 200 OK`,
    'a chunk of no size': 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n',
    'a head without an end': `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(70_000)}`,
  };
  for (const [what, text] of Object.entries(malformed)) {
    assert.throws(() => parseAnswer(Buffer.from(text)), MalformedAnswer, what);
  }
});
