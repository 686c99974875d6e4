/** Imports and exports as the command line and the API run them, on a real database. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TransferFormat } from '../../src/core/import-lines.ts';
import type { ImportOptions, LineReport } from '../../src/core/user-imports.ts';
import { openSallyport, type Sallyport } from '../../src/wiring.ts';
import { FastPasswordEngine } from '../support/fast-password-engine.ts';
import { testConfig } from '../support/test-config.ts';

const PLAIN = { isDryRun: false, allowsPlainPasswords: false };
const SALT = 'c29tZXNhbHQ';
const HASH = 'CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
const BCRYPT = `$2b$10$${'.'.repeat(53)}`;

async function open(t: TestContext, engine = new FastPasswordEngine()): Promise<Sallyport> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-import-'));
  const config = testConfig({ DATA_DIR: folder });
  const events = { record: () => undefined };
  const sallyport = await openSallyport(config, events, { passwordEngine: engine });
  t.after(async () => {
    await sallyport.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return sallyport;
}

async function* piecesOf(text: string) {
  yield Buffer.from(text);
}

async function importText(
  { userImports }: Sallyport,
  text: string,
  options: Partial<ImportOptions> & { format?: TransferFormat } = {},
): Promise<LineReport[]> {
  const { format = 'jsonl', ...more } = options;
  const reports: LineReport[] = [];
  for await (const batch of userImports.run(piecesOf(text), format, { ...PLAIN, ...more }, {})) {
    reports.push(...batch);
  }
  return reports;
}

const jsonLines = (...lines: object[]) => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

const importLines = (sallyport: Sallyport, ...lines: object[]) =>
  importText(sallyport, jsonLines(...lines));

async function exportText({ userExports }: Sallyport, format: TransferFormat): Promise<string> {
  let text = '';
  for await (const piece of userExports.run(format, {})) text += piece;
  return text;
}

const outcomesOf = (reports: readonly LineReport[]) => reports.map(({ outcome }) => outcome);

const FAULTY: readonly [line: object, sentence: RegExp][] = [
  [{}, /^username is missing/],
  [{ username: 7 }, /^username must be a text/],
  [{ username: 'ab' }, /^username must have 3 to 50 characters/],
  [{ username: ' abc' }, /^username must not begin or end with a space/],
  [{ username: 'a\u202eb' }, /^username must not hold control characters/],
  [{ username: 'abc', colour: 'red' }, /^colour is no field of a user; there are /],
  [{ username: 'abc', constructor: 'x' }, /^constructor is no field of a user/],
  [{ username: 'abc', role: 'admin' }, /^role must be one of ADMIN, STANDARD/],
  [{ username: 'abc', origin: 'nowhere' }, /^origin must be one of/],
  [{ username: 'abc', enabled: 'perhaps' }, /^enabled must be true or false/],
  [{ username: 'abc', created_at: 'yesterday' }, /^created_at must be a time/],
  [{ username: 'abc', created_at: '1969-01-01' }, /^created_at must be a time since 1970/],
  [{ username: 'abc', last_sign_in_at: '2999-01-01' }, /^last_sign_in_at lies in the future/],
  [{ username: 'abc', password: 'in the clear' }, /--plain-passwords/],
  [{ username: 'abc', password: 'x', password_hash: BCRYPT }, /exclude each other/],
  [{ username: 'abc', password_hash: 'md5' }, /^password_hash is of no form/],
  [{ username: 'abc', password_hash: `$scrypt$ln=17,r=8,p=1$${SALT}$${HASH}` }, /memory of scrypt/],
  [{ username: 'abc', password_hash: HASH, hash_algorithm: 'md5' }, /^hash_algorithm must be one/],
  [{ username: 'abc', password_hash: HASH, hash_algorithm: 'scrypt' }, /^hash_n is missing/],
  [
    { username: 'abc', hash_iterations: -1, password_hash: HASH },
    /^hash_iterations must be a whole/,
  ],
  [{ username: 'abc', identities: 'none' }, /^identities must be a list/],
  [{ username: 'abc', identities: [{}] }, /^identities must be objects with issuer/],
  [
    { username: 'abc', identities: [identity('a'), identity('b')] },
    /^identities names one issuer twice/,
  ],
];

function identity(subject: string, issuer = 'https://id.example.com') {
  return { issuer, subject, provider: 'company' };
}

test('each fault of a line is reported with its number, its field and what to do', async (t) => {
  const sallyport = await open(t);
  const reports = await importLines(sallyport, ...FAULTY.map(([line]) => line));
  assert.equal(reports.length, FAULTY.length);
  for (const [index, { line, outcome, reason }] of reports.entries()) {
    assert.deepEqual([line, outcome], [index + 1, 'failed'], reason ?? '');
    assert.match(reason ?? '', FAULTY[index]?.[1] ?? /never/);
  }
  assert.equal(await exportText(sallyport, 'jsonl'), '');
});

test('sound lines are users whatever stands beside them, and running again adds what is missing', async (t) => {
  const sallyport = await open(t);
  const lines = [{ username: 'maria' }, { username: 'no' }, { username: 'MARIA' }];
  const first = await importLines(sallyport, ...lines);
  assert.deepEqual(outcomesOf(first), ['created', 'failed', 'exists']);
  const again = await importLines(sallyport, ...lines, { username: 'bert' });
  assert.deepEqual(outcomesOf(again), ['exists', 'failed', 'exists', 'created']);
  assert.equal(again[3]?.reason, null);
});

test('a dry run says what the import would do, line by line, and does nothing', async (t) => {
  const sallyport = await open(t);
  await importLines(sallyport, { username: 'there', identities: [identity('theirs')] });
  const many = Array.from({ length: 600 }, (_, index) => ({ username: `user-${index}` }));
  const kinds = Array.from({ length: 9 }, (_, index) => ({
    username: `kind-${index}`,
    password_hash: `$scrypt$ln=2,r=${index + 1},p=1$${SALT}$${HASH}`,
  }));
  const lines = [
    ...many,
    { username: 'USER-3' },
    { username: 'there' },
    { username: 'thief', identities: [identity('theirs')] },
    { username: 'twin-1', identities: [identity('same')] },
    ...many.map(({ username }) => ({ username: `more-${username}` })),
    { username: 'twin-2', identities: [identity('same')] },
    ...kinds,
  ];
  const before = await exportText(sallyport, 'jsonl');
  const dry = await importText(sallyport, jsonLines(...lines), { isDryRun: true });
  assert.equal(await exportText(sallyport, 'jsonl'), before);
  const real = await importLines(sallyport, ...lines);
  assert.deepEqual(
    dry.map((report) => ({
      ...report,
      outcome: report.outcome.replace('would_create', 'created'),
    })),
    real,
  );
  assert.equal(outcomesOf(real).filter((outcome) => outcome === 'exists').length, 2);
  // The present kind is one of the eight.
  assert.equal(outcomesOf(real).filter((outcome) => outcome === 'failed').length, 2 + 2);
  assert.match(real.at(-1)?.reason ?? '', /more than the 8 there may be/);
});

test('what is exported is imported elsewhere as it was, from either format', async (t) => {
  const source = await open(t);
  const user = {
    username: '=SUM(A1)',
    role: 'ADMIN',
    enabled: false,
    origin: 'operator',
    created_at: '2020-01-02T03:04:05.678Z',
    last_sign_in_at: '2021-01-02T03:04:05.678Z',
    password_hash: BCRYPT,
    identities: [{ ...identity('s'), linked_at: '2020-05-05T00:00:00.000Z' }],
  };
  await importLines(source, user, { username: '\'=quoted, "twice"' }, { username: 'plain' });
  const text = await exportText(source, 'jsonl');
  const [first] = text.split('\n');
  assert.deepEqual(JSON.parse(first ?? ''), { id: 1, ...user });
  for (const format of ['jsonl', 'csv'] as const) {
    const target = await open(t);
    const file = await exportText(source, format);
    const reports = await importText(target, file, { format });
    assert.deepEqual(outcomesOf(reports), ['created', 'created', 'created'], file);
    assert.equal(await exportText(target, 'jsonl'), text, format);
  }
});

test('passwords in the clear are hashed where that is wanted, and not again for who is there', async (t) => {
  const engine = new FastPasswordEngine(1);
  const sallyport = await open(t, engine);
  const names = Array.from({ length: 300 }, (_, index) => `user-${index}`);
  const lines = names.map((username) => ({ username, password: `password of ${username}` }));
  const text = jsonLines(...lines, { username: 'short', password: 'short' });
  const options = { allowsPlainPasswords: true };
  const dry = await importText(sallyport, text, { ...options, isDryRun: true });
  assert.deepEqual([dry.length, engine.jobs.length], [301, 0]);
  const reports = await importText(sallyport, text, options);
  assert.equal(reports.at(-1)?.reason, 'password must have at least 8 characters.');
  assert.equal(outcomesOf(reports).filter((outcome) => outcome === 'created').length, 300);
  const origin = { address: '::1', addressKey: '::/64', requestId: 'r', userAgent: '' };
  await sallyport.sessions.signIn('user-299', 'password of user-299', origin);
  engine.jobs.length = 0;
  const again = await importText(sallyport, text, options);
  assert.deepEqual([...new Set(outcomesOf(again))], ['exists', 'failed']);
  assert.equal(engine.jobs.length, 0);
});

test('who stops asking for reports stops the import behind a whole batch', async (t) => {
  const sallyport = await open(t);
  const lines = Array.from({ length: 700 }, (_, index) => ({ username: `user-${index}` }));
  const run = sallyport.userImports.run(piecesOf(jsonLines(...lines)), 'jsonl', PLAIN, {});
  let reported = 0;
  for await (const batch of run) {
    reported += batch.length;
    break;
  }
  const exported = (await exportText(sallyport, 'jsonl')).trimEnd().split('\n');
  assert.equal(exported.length, reported);
  assert.ok(reported > 0 && reported < 700);
});

test('fields that the lines lack come from the defaults, and a line’s own go first', async (t) => {
  const sallyport = await open(t);
  const defaults = { hash_algorithm: 'scrypt', hash_n: 4, hash_r: 1, hash_p: 1 };
  const text = jsonLines(
    { username: 'anna', password_hash: HASH, hash_salt: SALT },
    { username: 'bert', password_hash: HASH, hash_salt: SALT, hash_n: 8 },
    { username: 'carl' },
    { username: 'dora', password_hash: BCRYPT },
  );
  assert.deepEqual(outcomesOf(await importText(sallyport, text, { defaults })), [
    'created',
    'created',
    'created',
    'created',
  ]);
  const users = (await exportText(sallyport, 'jsonl')).trimEnd().split('\n');
  const hashes = users.map((line) => JSON.parse(line).password_hash);
  assert.deepEqual(hashes, [
    `$scrypt$ln=2,r=1,p=1$${SALT}$${HASH}`,
    `$scrypt$ln=3,r=1,p=1$${SALT}$${HASH}`,
    null,
    BCRYPT,
  ]);
});

test('who came by an import is linked to no identity of the same name', async (t) => {
  const sallyport = await open(t);
  const name = 'maria@example.com';
  await importLines(
    sallyport,
    { username: name },
    { username: 'b@example.com', origin: 'operator' },
  );
  const signIn = (email: string) =>
    sallyport.repository.signInByIdentity({
      providerId: 'google',
      issuer: 'https://accounts.example.com',
      subject: email,
      claim: {
        kind: 'vouched',
        username: email,
        usernameKey: email as never,
        isUsable: true,
      },
      sessionId: `session of ${email}`,
      lifetimes: {
        accessTtlSeconds: 60,
        refreshTtlSeconds: 60,
        maxAgeSeconds: 60,
        graceSeconds: 0,
      },
      origin: { address: '::1', addressKey: '::/64', requestId: 'r', userAgent: '' },
    });
  const refused = await signIn(name);
  assert.deepEqual(
    [refused.outcome, 'refusal' in refused && refused.refusal],
    ['refused', 'account_not_linkable'],
  );
  assert.equal((await signIn('b@example.com')).outcome, 'signed_in');
});
