/** The package as others get it: packed, extracted without a registry, compiled and run. */

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { findNpm } from '../../runtime/npm-command.mjs';
import { createUser } from '../support/accounts.ts';
import { projectRoot } from '../support/checkout-copies.ts';
import { ADMIN_PASSWORD } from '../support/test-config.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const run = promisify(execFile);
const GUIDE = readFileSync(join(projectRoot, 'docs/guides/client.md'), 'utf8');

let workspace: string;
let consumer: string;
let server: TestServer;

before(async () => {
  workspace = mkdtempSync(join(tmpdir(), 'sallyport-client-package-'));
  consumer = join(workspace, 'consumer');
  server = await startTestServer();
  const tarball = await pack();
  const installed = join(consumer, 'node_modules/@sallyport/client');
  mkdirSync(installed, { recursive: true });
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed]);
  writeFileSync(join(consumer, 'package.json'), '{"type":"module","private":true}');
  mkdirSync(join(consumer, 'node_modules/@types'));
  for (const name of ['@types/node', 'undici-types']) {
    symlinkSync(join(projectRoot, 'node_modules', name), join(consumer, 'node_modules', name));
  }
});

after(async () => {
  await server.close();
  rmSync(workspace, { recursive: true, force: true });
});

/** In a copy, because packing writes into the folder of the package. */
async function pack(): Promise<string> {
  const copy = join(workspace, 'checkout');
  for (const file of ['package.json', '.npmrc', 'packages']) {
    const isSource = (path: string) => !path.endsWith('/dist');
    cpSync(join(projectRoot, file), join(copy, file), { recursive: true, filter: isSource });
  }
  symlinkSync(join(projectRoot, 'node_modules'), join(copy, 'node_modules'));
  const npm = findNpm(process.env, process.platform);
  const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
  await run(npm.command, [...npm.leadingArguments, 'run', 'pack:client'], {
    cwd: copy,
    env: { ...process.env, PATH },
  });
  const [name = ''] = readdirSync(copy).filter((file) => file.endsWith('.tgz'));
  return join(copy, name);
}

test('the tarball holds the compiled modules, their types, a licence and nothing else', () => {
  const installed = join(consumer, 'node_modules/@sallyport/client');
  assert.deepEqual(readdirSync(installed).sort(), ['LICENSE', 'README.md', 'dist', 'package.json']);
  const files = readdirSync(join(installed, 'dist'));
  const sources = readdirSync(join(projectRoot, 'packages/client/src'));
  const expected = sources.flatMap((file) => [
    file.replace(/\.ts$/, '.d.ts'),
    file.replace(/\.ts$/, '.js'),
  ]);
  assert.deepEqual(files.sort(), expected.sort());
  const { dependencies, peerDependencies } = JSON.parse(
    readFileSync(join(installed, 'package.json'), 'utf8'),
  );
  assert.deepEqual([dependencies, peerDependencies], [undefined, undefined]);
});

const CONSUMER = `
import { createAdminClient, createUserClient, memoryStorage, webStorage,
  SallyportClientError, type Operations, type TokenStorage } from '@sallyport/client';
const storage: TokenStorage = memoryStorage();
const client = createUserClient({ baseUrl: 'http://localhost:6573', storage });
const name: string = (await client.verify()).username;
const role: 'ADMIN' | 'STANDARD' = (await client.verify()).role;
const response: Response = await client.fetch(new URL('http://localhost:6573/'), { method: 'PUT' });
const admin = createAdminClient({ baseUrl: 'http://localhost:6573', credential: async () => name });
const made: Operations['access_token_create']['responses'][200] =
  await admin.accessTokens.create({ name, permission: role });
// @ts-expect-error the permission is needed
await admin.accessTokens.create({ name });
// @ts-expect-error a listed token has no raw value
(await admin.accessTokens.list())[0]?.token;
// @ts-expect-error no such code
if (new SallyportClientError('signed_out', '').code === 'signed_off') webStorage();
export { made, response };
`;
const IN_BROWSER = `
import { createUserClient, webStorage } from '@sallyport/client';
createUserClient({
  baseUrl: location.origin,
  storage: webStorage({ storage: window.sessionStorage }),
  locks: navigator.locks,
  fetch: window.fetch,
});
`;

for (const resolution of ['nodenext', 'bundler']) {
  for (const platform of ['node', 'browser']) {
    test(`its types hold under strict, ${resolution} resolution, for a ${platform}`, async () => {
      const isNode = platform === 'node';
      const folder = join(consumer, `${resolution}-${platform}`);
      mkdirSync(folder);
      writeFileSync(join(folder, 'consumer.ts'), CONSUMER);
      if (!isNode) writeFileSync(join(folder, 'page.ts'), IN_BROWSER);
      const compilerOptions = {
        target: 'es2022',
        lib: isNode ? ['es2024', 'esnext.disposable'] : ['es2022', 'dom'],
        types: isNode ? ['node'] : [],
        module: resolution === 'nodenext' ? 'nodenext' : 'esnext',
        moduleResolution: resolution,
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
      };
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
      const tsc = join(projectRoot, 'node_modules/typescript/bin/tsc');
      const outcome = await run(process.execPath, [tsc, '-p', folder]).catch((error) => error);
      assert.equal(outcome.stdout, '');
    });
  }
}

test('the examples of the guide run on the installed package, in the order of the page', async () => {
  const { username, password } = await createUser(server);
  const examples = [...GUIDE.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code = '']) => code);
  assert.ok(examples.length >= 4);
  const script = examples
    .join('\n')
    .replaceAll('http://localhost:6573', server.url.replace('127.0.0.1', 'localhost'))
    .replaceAll('john.doe@example.com', username)
    .replaceAll('securePassword123', password)
    .replaceAll('MyNewSecurePwd!2', ADMIN_PASSWORD);
  writeFileSync(join(consumer, 'guide.js'), script);
  const { stdout } = await run(process.execPath, ['guide.js'], { cwd: consumer });
  const shown = [...GUIDE.matchAll(/^(?:.*\S)?\s*\/\/ → (.*)$/gm)].map(([, text = '']) => text);
  assert.ok(shown.length >= 4);
  const expected = shown.map((text) => text.replaceAll('john.doe@example.com', username));
  assert.deepEqual(stdout.trimEnd().split('\n'), expected);
});
