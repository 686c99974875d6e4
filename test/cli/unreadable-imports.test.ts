/** `users import` of what is there and cannot be opened, or cannot be read. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CommandFolder } from '../support/cli-transcripts.ts';

/** A file to look at, which nobody can open. */
async function startFolderWithSocket(t: TestContext): Promise<CommandFolder> {
  const folder = new CommandFolder('in this process');
  const socket = createServer().listen(join(folder.path, 'people.csv'));
  await once(socket, 'listening');
  t.after(() => {
    socket.close();
    folder.remove();
  });
  return folder;
}

test('a file that cannot be opened is one line, and nothing has been made by then', async (t) => {
  const folder = await startFolderWithSocket(t);
  const refused = await folder.run('sallyport users import people.csv --report report.jsonl');
  const stderr = 'sallyport: people.csv cannot be read (ENXIO).\n';
  assert.deepEqual(refused, { stdout: '', stderr, exitCode: 1 });
  assert.deepEqual(await folder.run('ls'), { stdout: 'people.csv\n', stderr: '', exitCode: 0 });
});

test('a server is not asked before the file is open, and no stream fails unheard', async (t) => {
  const folder = await startFolderWithSocket(t);
  const call = '--url http://127.0.0.1:9 --plain-passwords';
  const { stderr, exitCode } = await folder.run(
    `SALLYPORT_TOKEN=none sallyport users import people.csv ${call}`,
  );
  assert.equal(stderr, 'sallyport: people.csv cannot be read (ENXIO).\n');
  assert.equal(exitCode, 1);
});

test('a file that fails while it is read is one line', async (t) => {
  const folder = new CommandFolder('in this process');
  t.after(() => folder.remove());
  // Its first page belongs to no process.
  const { stderr, exitCode } = await folder.run(
    'sallyport users import /proc/self/mem --format jsonl',
  );
  assert.match(stderr, /^sallyport: \/proc\/self\/mem cannot be read \(E\w+\)\.\n$/);
  assert.equal(exitCode, 1);
});
