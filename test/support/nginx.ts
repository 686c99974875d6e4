/** A real nginx in front of a server of the tests, run as another user when we are root. */

import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { debianProgram } from './debian-package.ts';
import { call } from './http-call.ts';
import type { TestScope } from './server-process.ts';
import { waitUntil } from './waiting.ts';

/** Whether nginx's workers can run as somebody else than the server. */
export const runsAsOtherUser = process.getuid?.() === 0;

/** Starts nginx with these directives in its one `location /`, and gives its URL. */
export async function startNginx(t: TestScope, directives: string): Promise<string> {
  const folder = nginxFolder();
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  await runNginx(t, folder, configuration(folder, port, directives), () =>
    call(url, 'GET', '/health').then(({ status }) => status === 200),
  );
  return url;
}

/** Everything of one nginx; `runNginx` removes it when the test ends. */
export function nginxFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-nginx-'));
  mkdirSync(join(folder, 'logs'));
  // Its workers write there as somebody else.
  chmodSync(folder, 0o755);
  return folder;
}

/** Starts nginx with this configuration and waits until `answers` does not fail or say no. */
export async function runNginx(
  t: TestScope,
  folder: string,
  text: string,
  answers: () => Promise<boolean>,
): Promise<void> {
  writeFileSync(join(folder, 'nginx.conf'), text);
  const { path, env } = debianProgram('nginx');
  const user = runsAsOtherUser ? 'user nobody nogroup;' : '';
  const args = ['-p', folder, '-c', join(folder, 'nginx.conf'), '-g', `daemon off; ${user}`];
  const nginx = spawn(path, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  nginx.stderr.setEncoding('utf8').on('data', (chunk) => {
    said += chunk;
  });
  t.after(() => endAndClean(nginx, folder));
  await waitUntil(
    () => `nginx answers: ${said}`,
    () => answers().catch(() => false),
    10_000,
  );
}

function configuration(folder: string, port: number, directives: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
    worker_processes 1;
    error_log stderr warn;
    pid ${folder}/nginx.pid;
    events { worker_connections 64; }
    http {
      access_log off;
      ${kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join('\n')}
      server {
        listen 127.0.0.1:${port};
        location / { ${directives} }
      }
    }`;
}

export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => probe.once('listening', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function endAndClean(nginx: ChildProcess, folder: string): void {
  nginx.once('close', () => rmSync(folder, { recursive: true, force: true }));
  nginx.kill('SIGTERM');
}
