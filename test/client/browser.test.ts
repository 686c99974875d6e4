/** Tabs of a real browser that share one session, on an origin that is not the server's. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import type { UserClient } from '../../packages/client/src/index.ts';
import { createUser } from '../support/accounts.ts';
import { projectRoot } from '../support/checkout-copies.ts';
import { launchChromium } from '../support/chromium.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let folder: string;
let site: Server;
let origin: string;
let server: TestServer;
let browser: Browser;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-browser-'));
  const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc');
  const client = join(projectRoot, 'packages/client');
  execFileSync(process.execPath, [tsc, '-p', client, '--outDir', folder]);
  site = createServer(({ url = '/' }, response) => {
    const isModule = url.endsWith('.js');
    response.setHeader('content-type', isModule ? 'text/javascript' : 'text/html');
    response.end(isModule ? readFileSync(join(folder, basename(url))) : '<!doctype html>');
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  server = await startTestServer({ settings: { CORS_ALLOWED_ORIGINS: origin } });
  browser = await launchChromium();
});

after(async () => {
  await browser?.close();
  await server?.close();
  site?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the pages keep between calls. */
type Tab = typeof globalThis & { client: UserClient; changes: string[] };

async function openTab(page: Page, hasLocks: boolean): Promise<Page> {
  await page.goto(origin);
  const script = `import('/index.js').then(async ({ createUserClient, webStorage }) => {
    const storage = webStorage();
    const locks = ${hasLocks ? 'navigator.locks' : 'null'};
    globalThis.client = createUserClient({ baseUrl: '${server.url}', storage, locks });
    globalThis.changes = [];
    client.onSessionChange(({ state, cause }) => changes.push(state + ' ' + cause));
    await client.load();
  })`;
  await page.evaluate(script);
  return page;
}

for (const hasLocks of [true, false]) {
  const name = hasLocks ? 'with Web Locks' : 'without locks';
  test(`two tabs that refresh at once ${name} go on with one session`, async () => {
    const context = await browser.newContext();
    const tabs = [
      await openTab(await context.newPage(), hasLocks),
      await openTab(await context.newPage(), hasLocks),
    ] as const;
    const user = await createUser(server);
    await tabs[0].evaluate((who) => (globalThis as Tab).client.signIn(who), user);
    await tabs[1].waitForFunction(() => (globalThis as Tab).client.session === 'signed_in');
    for (let round = 0; round < 3; round += 1) {
      await Promise.all(
        tabs.map((tab) => tab.evaluate(() => (globalThis as Tab).client.refresh())),
      );
      const names = tabs.map((tab) =>
        tab.evaluate(async () => (await (globalThis as Tab).client.verify()).username),
      );
      assert.deepEqual(await Promise.all(names), [user.username, user.username]);
    }
    await tabs[0].evaluate(() => (globalThis as Tab).client.signOut());
    await tabs[1].waitForFunction(() => (globalThis as Tab).client.session === 'signed_out');
    const changes = await tabs[1].evaluate(() => (globalThis as Tab).changes);
    assert.deepEqual(
      changes.filter((change) => change !== 'signed_in refreshed'),
      ['signed_in elsewhere', 'signed_out elsewhere'],
    );
    await context.close();
  });
}
