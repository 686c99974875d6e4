/** `audit tail --follow` on a server: what comes in, what was missed, and how it ends. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { OperatorTarget } from '../../src/cli/operator-target.ts';
import { remoteAudit } from '../../src/cli/remote/remote-audit.ts';
import { RemoteServer } from '../../src/cli/remote/remote-server.ts';
import { createUser, signIn } from '../support/accounts.ts';
import { CommandFolder, MAIN_FILE } from '../support/cli-transcripts.ts';
import { startTestServer } from '../support/test-server.ts';
import { waitUntil } from '../support/waiting.ts';

test('follow on a server shows what comes in, and ends at Ctrl-C', async (t) => {
  const server = await startTestServer();
  t.after(() => server.close());
  const folder = new CommandFolder();
  t.after(() => folder.remove());
  const bearer = await server.signInAdmin();
  const options = ['--follow', '--json', '--lines', '0', '--event', 'session.signed_in'];
  const args = [MAIN_FILE, 'audit', 'tail', '--url', server.url, ...options];
  const env = { ...folder.environment, SALLYPORT_TOKEN: bearer };
  const child = spawn(process.execPath, args, { cwd: folder.path, env });
  t.after(() => void child.kill('SIGKILL'));
  const ended = once(child, 'close');
  let shown = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const user = await createUser(server);
  await waitUntil(
    () => `an event: ${said}`,
    async () => {
      await signIn(server, user);
      return shown !== '';
    },
    20_000,
  );
  child.kill('SIGINT');
  assert.deepEqual(await ended, [0, null], said);
  const [first = ''] = shown.split('\n');
  assert.equal(JSON.parse(first).subject, String(user.id));
  assert.equal(said, '');
});

/** The commands on a server that answers so. */
async function auditOn(t: TestContext, answer: RequestListener): Promise<OperatorTarget['audit']> {
  const stub = createServer(answer).listen(0, '127.0.0.1');
  t.after(() => {
    stub.closeAllConnections();
    stub.close();
  });
  await once(stub, 'listening');
  const url = `http://127.0.0.1:${(stub.address() as AddressInfo).port}`;
  const server = new RemoteServer(url, new AbortController().signal);
  const refuse = server.refusal.bind(server);
  const asked = {
    send: server.send.bind(server),
    stream: (request: Parameters<RemoteServer['send']>[0]) => server.stream(request, refuse),
    refuse,
    kind: 'jwt',
  } as const;
  return remoteAudit(asked, 1);
}

const event = (id: number) =>
  `id: ${id}\ndata: ${JSON.stringify({
    ...{ id, at: '2026-11-22T05:14:16.000Z', event: 'user.created', actor_kind: 'server' },
    ...{ actor_id: null, subject: '1', session_id: null, access_token_id: null, name_hash: null },
    ...{ reason: null, ended_sessions: null, address: null, request_id: null, user_agent: null },
  })}\n\n`;

test('who follows comes back to where it was, after an end, a break and a server that is away', async (t) => {
  const asked: (string | undefined)[] = [];
  const answers: RequestListener[] = [
    (_, response) => response.end(`retry: 1000\n\n${event(8)}:\nid: 20\n\n`),
    (_, response) => {
      response.write(`${event(21)}${event(22).slice(0, 30)}`, () => response.destroy());
    },
    (_, response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>'),
    (request) => request.socket.destroy(),
    (_, response) => response.end(event(22)),
    (_, response) => {
      const body = { type: 'about:blank', title: 'x', status: 403, detail: 'No.', code: 'no' };
      response.writeHead(403, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify(body));
    },
  ];
  const audit = await auditOn(t, (request, response) => {
    const id = request.headers['last-event-id'];
    asked.push(typeof id === 'string' ? id : undefined);
    answers[asked.length - 1]?.(request, response);
  });
  const ids: number[] = [];
  const following = async () => {
    for await (const records of audit.follow({}, 7, new AbortController().signal)) {
      ids.push(...records.map(({ id }) => id));
    }
  };
  await assert.rejects(following(), { code: 'permission_denied' });
  assert.deepEqual(ids, [8, 21, 22]);
  assert.deepEqual(asked, ['7', '20', '21', '21', '21', '22']);
});

test('an export that breaks off is a failure, and says nothing that a terminal would obey', async (t) => {
  const audit = await auditOn(t, (_, response) => {
    response.write('{"id":1}\n\u001b[2J', () => response.destroy());
  });
  let text = '';
  const exporting = async () => {
    for await (const piece of audit.export({}, 'jsonl')) text += piece;
  };
  await assert.rejects(exporting(), { code: 'server_unreachable' });
  assert.equal(text, '{"id":1}\n\\u{1b}[2J');
});
