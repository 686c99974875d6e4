import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { findSocketOwner, ownerInTable } from '../../src/http/socket-owner.ts';

const HEADER =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const row = (local: string, remote: string, uid: number) =>
  `   0: ${local} ${remote} 01 00000000:00000000 00:00000000 00000000  ${uid}        0 12345 1 0`;

test('the owner of the client end is found, not that of the server end', () => {
  const table = [
    HEADER,
    row('0100007F:19AD', '0100007F:C350', 1000),
    row('0100007F:C350', '0100007F:19AD', 33),
  ].join('\n');
  assert.equal(ownerInTable(table, { address: '127.0.0.1', port: 50_000, peerPort: 6573 }), 33);
  assert.equal(ownerInTable(table, { address: '127.0.0.1', port: 6573, peerPort: 50_000 }), 1000);
});

test('another address with the same ports is another socket', () => {
  const table = [HEADER, row('0200007F:C350', '0100007F:19AD', 33)].join('\n');
  const end = { port: 50_000, peerPort: 6573 };
  assert.equal(ownerInTable(table, { address: '127.0.0.1', ...end }), null);
  assert.equal(ownerInTable(table, { address: '127.0.0.2', ...end }), 33);
});

test('IPv6 loopback and IPv4 inside IPv6 are read', () => {
  const loopback = '00000000000000000000000001000000';
  const mapped = '0000000000000000FFFF00000100007F';
  const table = [
    HEADER,
    row(`${loopback}:C350`, `${loopback}:19AD`, 7),
    row(`${mapped}:C351`, `${mapped}:19AD`, 8),
  ].join('\n');
  const peerPort = 6573;
  assert.equal(ownerInTable(table, { address: '::1', port: 50_000, peerPort }), 7);
  assert.equal(ownerInTable(table, { address: '::ffff:127.0.0.1', port: 50_001, peerPort }), 8);
  assert.equal(ownerInTable(table, { address: '127.0.0.1', port: 50_001, peerPort }), 8);
});

test('a truncated or empty table says nothing', () => {
  const end = { address: '127.0.0.1', port: 1, peerPort: 2 };
  for (const text of ['', HEADER, `${HEADER}\n`, `${HEADER}\n  0: 0100007F`]) {
    assert.equal(ownerInTable(text, end), null);
  }
});

test('the kernel knows who holds a real connection, over IPv4 and IPv6', async (t) => {
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer().listen(0, host);
    t.after(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as { port: number };
    const accepted = new Promise<Socket>((resolve) => server.once('connection', resolve));
    const client = connect(port, host);
    const socket = await accepted;
    const end = {
      address: socket.remoteAddress ?? '',
      port: socket.remotePort ?? 0,
      peerPort: port,
    };
    const owner = process.platform === 'linux' ? process.getuid?.() : null;
    assert.equal(await findSocketOwner(end), owner, host);
    client.destroy();
  }
});
