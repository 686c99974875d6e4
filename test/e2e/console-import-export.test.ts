/** Users into the console's server and out of it again, by the file. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { createUser, freshName } from '../support/accounts.ts';
import {
  type ConsoleSite,
  expectFaultlessView,
  heading,
  openConsoleSite,
  SMALL,
  signInAsUser,
  WIDE,
} from '../support/console-site.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';

const PLACE = '/users/import-export';
/** Of a password that nobody needs here. */
const HASH = '$2b$04$abcdefghijklmnopqrstuuH0nZzl3xvwwMmjOjqdIXOVO6u8WcQ1O';

let site: ConsoleSite;
before(async () => {
  site = await openConsoleSite();
});
after(() => site.close());

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const rows = (page: Page) => page.locator('tbody tr');
const file = (name: string, content: string) => ({
  name,
  mimeType: 'text/plain',
  buffer: Buffer.from(content),
});

const findUser = (username: string) =>
  site.server.sallyport.operations.findUserByName(username).then((user) => user?.id ?? null);

const give = (page: Page, name: string, content: string) =>
  page.locator('input[type=file]').setInputFiles(file(name, content));

async function enterPassword(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Enter your password again' });
  await dialog.getByLabel('Password', { exact: true }).fill(ADMIN_PASSWORD);
  await dialog.getByRole('button', { name: 'Go on' }).click();
}

describe('an import', () => {
  test('is looked at first: what fails is on top, and the rest is added', async () => {
    const { username: taken } = await createUser(site.server);
    const [first, second] = [freshName(), freshName()];
    const lines = ['username,password_hash', `${first},${HASH}`, `${taken},${HASH}`];
    lines.push(`${second},no hash at all`, '');
    await site.asAdmin(PLACE, async (page) => {
      await give(page, 'users.csv', lines.join('\n'));
      await button(page, 'Check first').click();
      await page.getByText('1 would be added, 1 with a name that is taken, 1 failed.').waitFor();
      const outcomes = await rows(page).locator('td:nth-child(2)').allInnerTexts();
      assert.deepEqual(outcomes, ['Failed', 'Name is taken', 'Would be added']);
      assert.match(await rows(page).first().innerText(), /4\s+Failed[\s\S]*password_hash/);
      assert.equal(await findUser(first), null);
      const [report] = await Promise.all([
        page.waitForEvent('download'),
        button(page, 'Save the report').click(),
      ]);
      assert.equal(report.suggestedFilename(), 'import-report.jsonl');
      const saved = readFileSync(await report.path(), 'utf8')
        .trim()
        .split('\n');
      assert.deepEqual(
        saved.map((line) => JSON.parse(line)).map(({ line, outcome }) => [line, outcome]),
        [
          [4, 'failed'],
          [3, 'exists'],
          [2, 'would_create'],
        ],
      );
      await button(page, 'Import 1 user').click();
      await page.getByText('1 added, 1 with a name that is taken, 1 failed.').waitFor();
      assert.notEqual(await findUser(first), null);
      assert.equal(await findUser(second), null);
      await page.getByRole('link', { name: 'See all users' }).click();
      await page.getByRole('link', { name: first }).waitFor();
    });
  });

  test('takes what is pasted, and knows JSON Lines when it sees them', async () => {
    const username = freshName();
    await site.asAdmin(PLACE, async (page) => {
      await page.getByText('Pasted text').click();
      const text = page.getByRole('textbox', { name: 'Lines' });
      await text.fill(JSON.stringify({ username, password_hash: HASH, role: 'ADMIN' }));
      assert.equal(await page.getByRole('radio', { name: 'JSON Lines' }).isChecked(), true);
      await button(page, 'Check first').click();
      await button(page, 'Import 1 user').waitFor();
      // What was looked at is not what is there now.
      await text.fill(JSON.stringify({ username, password_hash: HASH }));
      assert.equal(await button(page, 'Import 1 user').count(), 0);
      await button(page, 'Check first').click();
      await button(page, 'Import 1 user').click();
      await page.getByText('1 added').waitFor();
      assert.notEqual(await findUser(username), null);
    });
  });

  test('says what is wrong with a file that names no fields', async () => {
    await site.asAdmin(PLACE, async (page) => {
      await give(page, 'users.csv', 'name,password\na,b\n');
      await button(page, 'Check first').click();
      const alert = page.getByRole('alert').filter({ hasText: 'It could not be checked' });
      assert.match(await alert.innerText(), /first line of CSV must name the fields/);
    });
  });

  test('above one mebibyte is for the command, which is shown', async () => {
    await site.asAdmin(PLACE, async (page) => {
      await give(page, 'all our users.jsonl', ' '.repeat(1024 * 1024 + 1));
      const command = "npx sallyport users import 'all our users.jsonl' --format jsonl";
      assert.equal(await page.getByLabel('On the server’s machine').inputValue(), command);
      const remote = await page.getByLabel('From anywhere else').inputValue();
      assert.equal(remote, `${command} --url ${site.server.url}`);
      assert.equal(await button(page, 'Check first').count(), 0);
    });
  });

  test('has no fault in light or dark, nor anything beyond the edge, whatever is reported', async () => {
    const { username: taken } = await createUser(site.server);
    const wide = 'W'.repeat(50);
    const lines = ['username,password_hash', `${wide},${HASH}`, `${taken},${HASH}`, `${wide},-`];
    for (const size of [SMALL, WIDE]) {
      await site.asAdmin(
        PLACE,
        async (page) => {
          await give(page, 'users.csv', lines.join('\n'));
          await button(page, 'Check first').click();
          await page.getByText('1 would be added').waitFor();
          await expectFaultlessView(page);
          await give(page, `${wide}.csv`, 'x'.repeat(1024 * 1024 + 1));
          await page.getByLabel('From anywhere else').waitFor();
          await expectFaultlessView(page);
        },
        size,
      );
    }
  });

  test('is for users with the role ADMIN too, whom the command names', async () => {
    const user = await createUser(site.server, { role: 'ADMIN' });
    const username = freshName();
    await site.tabs.with(WIDE, async (page) => {
      await site.open(page, PLACE);
      await signInAsUser(page, user);
      await heading(page, 'Import and export');
      await give(page, 'x.csv', 'x'.repeat(1024 * 1024 + 1));
      const remote = await page.getByLabel('From anywhere else').inputValue();
      assert.ok(remote.endsWith(` --as ${user.username}`), remote);
      await give(page, 'x.csv', `username,password_hash\n${username},${HASH}\n`);
      await button(page, 'Check first').click();
      await button(page, 'Import 1 user').click();
      await page.getByText('1 added').waitFor();
    });
  });
});

describe('an export', () => {
  for (const [label, name] of [
    ['Export as JSON Lines', 'users.jsonl'],
    ['Export as CSV', 'users.csv'],
  ] as const) {
    test(`is a download of everybody, after the password: ${name}`, async () => {
      const { username } = await createUser(site.server);
      await site.asAdmin(PLACE, async (page) => {
        site.server.clock.advanceSeconds(6 * 60);
        const downloaded = page.waitForEvent('download');
        await button(page, label).click();
        await enterPassword(page);
        const download = await downloaded;
        assert.equal(download.suggestedFilename(), name);
        const text = readFileSync(await download.path(), 'utf8');
        assert.ok(text.includes(username));
        assert.match(text, /password_hash/);
      });
    });
  }

  test('is not made when the password is not entered', async () => {
    await site.asAdmin(PLACE, async (page) => {
      let downloads = 0;
      page.on('download', () => {
        downloads += 1;
      });
      await button(page, 'Export as CSV').click();
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
      await page.getByText('Nothing was exported').waitFor();
      assert.equal(downloads, 0);
    });
  });
});
