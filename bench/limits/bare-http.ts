/**
 * node:http and nothing else, answering every request with the bytes that it was given: what any
 * server in this runtime is bounded by. Run as a process: `bare-http.ts FILE`.
 */

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RecordedAnswer } from './recorded-answer.ts';

const [file = ''] = process.argv.slice(2);
const { status, headers, body }: RecordedAnswer = JSON.parse(readFileSync(file, 'utf8'));
const flat = headers.flat();

const server = createServer((_request, response) => {
  response.writeHead(status, flat);
  response.end(body);
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  process.stderr.write(`bare node:http listens on http://127.0.0.1:${port}\n`);
});
