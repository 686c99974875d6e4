/** A real nginx in front of a server of the tests, run as another user when we are root. */

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-nginx-'));
  mkdirSync(join(folder, 'logs'));
  const port = await findFreePort();
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port, directives));
  const { path, env } = debianProgram('nginx');
  const nginx = spawn(path, ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  nginx.stderr.setEncoding('utf8').on('data', (chunk) => {
    said += chunk;
  });
  t.after(() => endAndClean(nginx, folder));
  const url = `http://127.0.0.1:${port}`;
  await waitUntil(
    () => `nginx answers: ${said}`,
    () =>
      call(url, 'GET', '/health').then(
        ({ status }) => status === 200,
        () => false,
      ),
    10_000,
  );
  return url;
}

function configuration(folder: string, port: number, directives: string): string {
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
    daemon off;
    worker_processes 1;
    error_log stderr warn;
    pid ${folder}/nginx.pid;
    ${runsAsOtherUser ? 'user nobody nogroup;' : ''}
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

async function findFreePort(): Promise<number> {
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
