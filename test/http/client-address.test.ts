import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClientAddresses } from '../../src/http/client-address.ts';
import { startTestServer } from '../support/test-server.ts';

const PROXIES = ['10.0.0.0/8', '::1/128', '2001:db8::/32'];

function resolve(peer: string, forwardedFor?: string, trusted = PROXIES): string {
  return new ClientAddresses(trusted, () => undefined).resolve(peer, forwardedFor).address;
}

test('without trusted proxies the peer is the client, whatever the headers say', () => {
  assert.equal(resolve('203.0.113.7', '127.0.0.1', []), '203.0.113.7');
  assert.equal(resolve('127.0.0.1', '198.51.100.1', []), '127.0.0.1');
});

test('the header is read from the right, each hop believed while a trusted one wrote it', () => {
  assert.equal(resolve('10.0.0.1', '198.51.100.1'), '198.51.100.1');
  assert.equal(resolve('10.0.0.1', '1.2.3.4, 198.51.100.1, 10.9.9.9'), '198.51.100.1');
  assert.equal(resolve('198.51.100.9', '1.2.3.4'), '198.51.100.9');
  assert.equal(resolve('10.0.0.1', '10.0.0.2, 10.0.0.3'), '10.0.0.2');
});

test('what is not a full address ends the walk at the last hop that was', () => {
  for (const hop of [
    'unknown',
    '127.1',
    '0x7f000001',
    '1.2.3.4:99',
    '',
    '<script>',
    '2130706433',
  ]) {
    assert.equal(resolve('10.0.0.1', `1.2.3.4, ${hop}`), '10.0.0.1', hop);
  }
});

test('an IPv4-mapped address is the IPv4 address', () => {
  assert.equal(resolve('::ffff:10.0.0.1', '::ffff:198.51.100.1'), '198.51.100.1');
});

test('limits count an IPv6 client by its /64 and an IPv4 client by its address', () => {
  const addresses = new ClientAddresses([], () => undefined);
  const key = (peer: string) => addresses.resolve(peer, undefined).addressKey;
  assert.equal(key('2001:db8:1:2:3:4:5:6'), key('2001:db8:1:2:ffff::1'));
  assert.notEqual(key('2001:db8:1:2::1'), key('2001:db8:1:3::1'));
  assert.notEqual(key('192.0.2.1'), key('192.0.2.2'));
  assert.equal(key('fe80::1%eth0'), key('fe80::2'));
});

test('a forwarding header from an unnamed proxy causes one warning and no more', () => {
  let warnings = 0;
  const addresses = new ClientAddresses(PROXIES, () => {
    warnings += 1;
  });
  addresses.resolve('10.0.0.1', '1.2.3.4');
  assert.equal(warnings, 0);
  for (let n = 0; n < 3; n += 1) addresses.resolve('192.0.2.1', '1.2.3.4');
  assert.equal(warnings, 1);
});

test('Forwarded and X-Real-IP from an unnamed proxy are a warning too', async (t) => {
  for (const header of ['forwarded', 'x-real-ip']) {
    const server = await startTestServer();
    t.after(() => server.close());
    const headers = { [header]: '203.0.113.1' };
    await server.call('POST', '/auth/admin/login', { headers, body: { password: 'guess' } });
    const warnings = server.logLines.filter((line) => line.includes('TRUSTED_PROXIES'));
    assert.equal(warnings.length, 1, header);
    assert.equal(server.events.at(-1)?.origin?.address, '127.0.0.1');
  }
});
