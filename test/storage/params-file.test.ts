/** A parameter file that is damaged, lost or not ours stops the start and is left as it is. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs, {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { RENEW_COMMAND } from '../../src/server-params.ts';
import {
  createParamsFile,
  generateParams,
  PARAMS_FILE_NAME,
} from '../../src/storage/params-file.ts';
import type { Sallyport } from '../../src/wiring.ts';
import { debianProgram } from '../support/debian-package.ts';
import {
  GOOD_SECRETS,
  newDataFolder,
  newUsedFolder,
  ORIGIN,
  type ProcessReport,
  paramsFileOf,
  prepareProcess,
  refusedStart,
  savedParams,
  startOnce,
} from './params-folder.ts';

const PARAMS_PROCESS = fileURLToPath(new URL('./params-process.ts', import.meta.url));
const COST =
  'that ends every session and admin JWT, and access tokens work again only after rotation.';

async function refusesFile(folder: string, problem: string): Promise<void> {
  const [message = '', ...more] = await refusedStart(folder);
  assert.ok(message.startsWith(`${paramsFileOf(folder)} ${problem}`), message);
  assert.ok(message.includes(`\`${RENEW_COMMAND}\`: ${COST}`), message);
  assert.deepEqual(more, []);
}

type Damage = (text: string) => string;
const changeJson =
  (change: (content: { params: Record<string, unknown> } & Record<string, unknown>) => unknown) =>
  (text: string) =>
    JSON.stringify(change(JSON.parse(text)));

const DAMAGES: Record<string, [Damage, string]> = {
  empty: [() => '', 'is empty'],
  'white space': [() => ' \n', 'is empty'],
  'not JSON': [() => 'secret=1', 'is damaged: not valid JSON'],
  'begun with a byte order mark': [(text) => `\ufeff${text}`, 'is damaged: not valid JSON'],
  'followed by more': [(text) => `${text}{}`, 'is damaged: not valid JSON'],
  null: [() => 'null', 'was not written by this version'],
  'a list': [() => '[]', 'was not written by this version'],
  'a number': [() => '1', 'was not written by this version'],
  'of another format': [
    changeJson((content) => ({ ...content, format: 'sallyport-server-params-2' })),
    'was not written by this version',
  ],
  'without parameters': [
    changeJson(({ params: _, ...content }) => content),
    'is damaged: a parameter is missing',
  ],
  'with a number for a key': [
    changeJson((content) => ({ ...content, params: { ...content.params, nameKey: 5 } })),
    'is damaged: a parameter is missing',
  ],
  'without a checksum': [
    changeJson(({ checksum: _, ...content }) => content),
    'is damaged: its checksum does not match',
  ],
};
for (const [what, [damage, problem]] of Object.entries(DAMAGES)) {
  test(`a parameter file that is ${what} stops the start`, async (t) => {
    for (const folder of [await newUsedFolder(t), newDataFolder(t)]) {
      await startOnce(folder);
      const file = paramsFileOf(folder);
      writeFileSync(file, damage(readFileSync(file, 'utf8')));
      await refusesFile(folder, problem);
    }
  });
}

test('a parameter file that ends too early stops the start, wherever it ends', async (t) => {
  const folder = await newUsedFolder(t);
  const file = paramsFileOf(folder);
  const whole = readFileSync(file);
  for (let length = 1; length < whole.length - 1; length += 37) {
    writeFileSync(file, whole.subarray(0, length));
    await refusesFile(folder, 'is damaged: not valid JSON');
  }
  writeFileSync(file, whole);
  await startOnce(folder);
});

test('a single changed character in any parameter stops the start', async (t) => {
  const folder = await newUsedFolder(t);
  const file = paramsFileOf(folder);
  const whole = readFileSync(file, 'utf8');
  for (const value of Object.values(savedParams(folder))) {
    const changed = (value.startsWith('A') ? 'B' : 'A') + value.slice(1);
    writeFileSync(file, whole.replace(value, changed));
    await refusesFile(folder, 'is damaged: its checksum does not match');
  }
});

const MAKE_PRINCIPAL = {
  'an admin': ({ admin }) => admin.create('MyNewSecurePwd!2'),
  'a user': ({ users }) =>
    users.create({
      username: 'maria',
      password: 'correct horse',
      role: 'STANDARD',
      origin: 'operator',
    }),
  'an access token': ({ accessTokens }) =>
    accessTokens.create(
      { name: 'ci', description: '', permissions: 1, expiresInSeconds: null },
      { origin: ORIGIN },
    ),
} satisfies Record<string, (opened: Sallyport) => Promise<unknown>>;
for (const [principal, make] of Object.entries(MAKE_PRINCIPAL)) {
  test(`a start without the file is refused once there is ${principal}`, async (t) => {
    const folder = newDataFolder(t);
    await startOnce<unknown>(folder, {}, make);
    const aside = join(newDataFolder(t), 'kept');
    renameSync(paramsFileOf(folder), aside);
    await refusesFile(folder, 'is missing, but the database beside it is in use');
    renameSync(aside, paramsFileOf(folder));
    await startOnce(folder);
  });

  test(`the file of another installation is refused once there is ${principal}`, async (t) => {
    const [folder, other] = [newDataFolder(t), newDataFolder(t)];
    await startOnce<unknown>(folder, {}, make);
    await startOnce(other);
    copyFileSync(paramsFileOf(other), paramsFileOf(folder));
    await refusesFile(folder, 'belongs to another database than the one beside it');
    // A secret that is given is saved, but never into a file that is not ours.
    await refusedStart(folder, { TOKEN_SECRET: GOOD_SECRETS[0] });
  });
}

test('an unused database takes the parameter file that it is given', async (t) => {
  const [folder, other] = [newDataFolder(t), newDataFolder(t)];
  await startOnce(folder);
  await startOnce(other);
  copyFileSync(paramsFileOf(other), paramsFileOf(folder));
  await startOnce(folder, {}, MAKE_PRINCIPAL['an admin']);
  await startOnce(folder);
});

test('the file is made for its owner alone, and a wider mode is corrected', async (t) => {
  const umask = process.umask(0);
  t.after(() => process.umask(umask));
  const folder = newDataFolder(t);
  for (const mode of [null, 0o644, 0o666, 0o400]) {
    if (mode !== null) chmodSync(paramsFileOf(folder), mode);
    await startOnce(folder);
    assert.equal(statSync(paramsFileOf(folder)).mode & 0o777, 0o600);
  }
});

const NOT_FILES: Record<string, (file: string, aside: string) => void> = {
  'a link to the right file': (file, aside) => symlinkSync(aside, file),
  'a link that leads nowhere': (file) => symlinkSync('nowhere', file),
  'a folder': (file) => mkdirSync(file),
  'a pipe': (file) => execFileSync('mkfifo', [file]),
};
for (const [what, make] of Object.entries(NOT_FILES)) {
  test(`${what} in place of the file stops the start`, async (t) => {
    const folder = await newUsedFolder(t);
    const aside = join(newDataFolder(t), 'kept');
    renameSync(paramsFileOf(folder), aside);
    make(paramsFileOf(folder), aside);
    await refusesFile(folder, 'is not a regular file');
  });
}

test('a file that belongs to another user stops the start', async (t) => {
  const folder = await newUsedFolder(t);
  const { uid } = statSync(folder);
  // Only root can give a file away; for others this process takes on another id.
  if (uid === 0) chownSync(paramsFileOf(folder), 12_345, 0);
  else t.mock.method(process as { getuid: () => number }, 'getuid', () => 12_345);
  await refusesFile(folder, `belongs to another user (uid ${uid === 0 ? 12_345 : uid})`);
});

function leftoversIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.startsWith(`.${PARAMS_FILE_NAME}`));
}

for (const killAt of ['fs.fsyncSync', 'fs.linkSync', 'fs.rmSync']) {
  test(`a first start that is killed at ${killAt} does no harm`, async (t) => {
    const folder = newDataFolder(t);
    const go = await prepareProcess('start', folder, killAt);
    assert.equal(await go(), null, 'it was to be killed');
    for (const name of leftoversIn(folder)) {
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
    }
    await startOnce(folder, {}, MAKE_PRINCIPAL['an admin']);
    await startOnce(folder);
  });
}

test('on a file system without hard links the first file still wins', (t) => {
  t.mock.method(fs, 'linkSync', () => {
    throw Object.assign(new Error('no links here'), { code: 'EPERM' });
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  const folder = newDataFolder(t);
  const [first, second] = [generateParams(), generateParams()];
  assert.deepEqual(createParamsFile(folder, first), first);
  assert.deepEqual(createParamsFile(folder, second), first);
  assert.equal(statSync(paramsFileOf(folder)).mode & 0o777, 0o600);
  assert.deepEqual(leftoversIn(folder), []);
});

async function startTogether(folder: string, servers: number): Promise<ProcessReport[]> {
  const starts = Array.from({ length: servers }, () => prepareProcess('start', folder));
  return Promise.all((await Promise.all(starts)).map((go) => go()));
}

test('servers that start at once in an empty folder agree on one file', async (t) => {
  for (let round = 0; round < 2; round += 1) {
    const folder = newDataFolder(t);
    const reports = await startTogether(folder, 4);
    assert.deepEqual(leftoversIn(folder), []);
    await startOnce(folder, {}, async ({ accessTokens }) => {
      for (const report of reports) {
        const token = await accessTokens.authenticate(report?.raw ?? '');
        assert.notEqual(token, null, `a server went its own way: ${report?.fault}`);
      }
    });
  }
});

test('the file has its name only when its content is synced, and the name is synced too', (t) => {
  const folder = newDataFolder(t);
  const output = join(newDataFolder(t), 'trace');
  const strace = debianProgram('strace');
  execFileSync(
    strace.path,
    [
      ...['-f', '-y', '--seccomp-bpf', '-o', output],
      ...['-e', 'trace=fsync,link,linkat,rename,renameat,renameat2'],
      ...[process.execPath, PARAMS_PROCESS, 'start', folder],
    ],
    { env: { ...process.env, ...strace.env }, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const steps = readFileSync(output, 'utf8')
    .split('\n')
    .flatMap((line) => {
      if (/ link(at)?\(.*server_params\.btr/.test(line)) return ['named'];
      if (/ fsync\(\d+<[^>]*\/\.server_params\.btr\.\w+>/.test(line)) return ['content synced'];
      return line.includes(`<${folder}>`) && / fsync\(/.test(line) ? ['folder synced'] : [];
    });
  const named = steps.indexOf('named');
  assert.equal(steps[named - 1], 'content synced');
  assert.equal(steps[named + 1], 'folder synced');
  rmSync(output);
});
