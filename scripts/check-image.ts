/**
 * Goes through the Dockerfile by hand and runs what comes of it as a container would: a root folder
 * that cannot be written, an unprivileged user, the server as process 1, namespaces of its own.
 * For machines without Docker; needs Linux, root, npm's registry, and unshare, nsenter and ip.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import {
  environmentOf,
  healthCommand,
  type Instruction,
  isInBuildContext,
  nameOfStage,
  only,
  parseCopy,
  readDockerfile,
} from '../test/support/dockerfile.ts';
import { waitUntil } from '../test/support/waiting.ts';

const ROOT = join(import.meta.dirname, '..');
const START_DEADLINE_MS = 30_000;
const STOP_DEADLINE_MS = 10_000;

const { stages, image } = readDockerfile();
const environment = environmentOf(image);
const [uid = 0, gid = 0] = only(image, 'USER').split(':').map(Number);

if (process.platform !== 'linux' || process.getuid?.() !== 0) {
  throw new Error('check-image needs Linux and root: it changes its root folder and mounts others');
}
const work = mkdtempSync(join(tmpdir(), 'sallyport-image-'));
try {
  // A mounted image can be checked as well, which somebody else has built.
  const root = process.argv[2] ?? buildRoot();
  await checkRoot(root);
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** Carries out every instruction; one that is not known here is a fault of this script. */
function buildRoot(): string {
  for (const stage of stages) {
    const folder = join(work, nameOfStage(stage) ?? 'image');
    let workFolder = '/';
    for (const instruction of stage) {
      if (instruction.name === 'WORKDIR') workFolder = instruction.text;
      if (instruction.name === 'COPY') copy(instruction, folder, workFolder);
      if (instruction.name === 'RUN') run(instruction.text, folder, workFolder);
    }
  }
  execFileSync('du', ['-sh', join(work, 'image')], { stdio: 'inherit' });
  return join(work, 'image');
}

function copy(instruction: Instruction, folder: string, workFolder: string): void {
  const { from, owner, sources, target } = parseCopy(instruction);
  const place = target.startsWith('/') ? join(folder, target) : join(folder, workFolder, target);
  const origin = from === null ? ROOT : join(work, from);
  for (const source of sources) {
    assert.ok(from !== null || isInBuildContext(source.replace(/\/$/, '')), `${source} is ignored`);
    // The content of a folder, or a file into one.
    const name = source.endsWith('/') ? '' : (source.split('/').at(-1) ?? '');
    cpSync(join(origin, source), join(place, name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => from !== null || isInBuildContext(relative(ROOT, path)),
    });
  }
  if (owner === null) return;
  const [ownerId = 0, groupId = 0] = owner.split(':').map(Number);
  chownSync(place, ownerId, groupId);
}

/** Its absolute paths are those of the stage. */
function run(command: string, folder: string, workFolder: string): void {
  const here = command.replaceAll(/ (\/[a-z]+)/g, (_, path: string) => ` ${join(folder, path)}`);
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter);
  execFileSync('sh', ['-c', here], {
    cwd: join(folder, workFolder),
    env: { ...process.env, PATH },
    stdio: 'inherit',
  });
}

async function checkRoot(root: string): Promise<void> {
  const server = start(root);
  const ended = once(server.child, 'close');
  try {
    const command = healthCommand(image);
    await waitUntil(
      () => `the health check succeeds: ${server.output()}`,
      () => inside(server.child, command).status === 0,
      START_DEADLINE_MS,
    );
    report('starts on a read-only root as a user without rights, and its health check succeeds');
    checkProcess(server.child);
    checkCommands(server.child);
    checkConsole(server.child);
  } finally {
    process.kill(mainProcess(server.child), 'SIGTERM');
  }
  const cut = setTimeout(() => server.child.kill('SIGKILL'), STOP_DEADLINE_MS);
  const [code] = await ended;
  clearTimeout(cut);
  assert.equal(code, 0, server.output());
  report('ends with 0 on SIGTERM');
}

function start(root: string) {
  // As `docker run --read-only --tmpfs /tmp --volume …:/data --security-opt no-new-privileges`.
  const mounts = `
    mount --bind "$0" "$0" && mkdir -p "$0/proc" && mount -o remount,bind,ro "$0" &&
    mount -t proc proc "$0/proc" && mount -t tmpfs -o mode=1777,noexec,nosuid tmpfs "$0/tmp" &&
    mount -t tmpfs -o mode=0700,uid=${uid},gid=${gid},noexec,nosuid tmpfs "$0/data" &&
    ip link set lo up &&
    exec env -i ${Object.entries(environment)
      .map(([name, value]) => `${name}=${value}`)
      .join(' ')} ${findProgram('setpriv')} --no-new-privs ${findProgram('chroot')} \\
      --userspec=${uid}:${gid} "$0" /usr/local/bin/sallyport serve`;
  const namespaces = ['--mount', '--net', '--pid', '--ipc', '--fork', '--kill-child'];
  const child = spawn('unshare', [...namespaces, 'sh', '-c', mounts, root], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
    });
  }
  return { child, output: () => said };
}

function findProgram(name: string): string {
  return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
}

/** The pid, seen from here, of what is process 1 in there. */
function mainProcess({ pid }: ChildProcess): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
}

/** As `docker exec` would: in the same namespaces, with the same environment and user. */
function inside(
  child: ChildProcess,
  command: readonly string[],
  { input = '', settings = {} }: { input?: string; settings?: Record<string, string> } = {},
) {
  const [program = '', ...args] = command;
  const into = [
    '--target',
    String(mainProcess(child)),
    '--mount',
    '--net',
    '--pid',
    '--root',
    '--wd',
  ];
  const as = [`--setuid=${uid}`, `--setgid=${gid}`, `/usr/local/bin/${program}`];
  return spawnSync(findProgram('nsenter'), [...into, ...as, ...args], {
    env: { ...environment, ...settings },
    input,
    encoding: 'utf8',
  });
}

function checkProcess(child: ChildProcess): void {
  const status = readFileSync(`/proc/${mainProcess(child)}/status`, 'utf8');
  const field = (name: string) =>
    new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.split(/\s+/) ?? [];
  assert.deepEqual(field('Uid'), Array(4).fill(String(uid)));
  assert.equal(field('NSpid').at(-1), '1');
  assert.match(field('CapEff').join(), /^0+$/);
  assert.deepEqual(field('NoNewPrivs'), ['1']);
  report(`is process 1, user ${uid}, without capabilities`);
  const write = "require('node:fs').writeFileSync('/app/new', '')";
  const refused = inside(child, ['node', '-e', write]);
  assert.match(refused.stderr, /EROFS|EACCES/);
  report('cannot write to its own files');
}

function checkCommands(child: ChildProcess): void {
  const password = 'A good 1st password!';
  const created = inside(child, ['sallyport', 'admin', 'create'], { input: password });
  assert.equal(created.status, 0, created.stderr);
  report(`sallyport admin create: ${created.stdout.trim()}`);
  for (const algorithm of ['bcrypt', 'argon2id']) {
    const options = { input: password, settings: { PASSWORD_HASH: algorithm } };
    const added = inside(child, ['sallyport', 'users', 'add', `${algorithm}@example.com`], options);
    assert.equal(added.status, 0, added.stderr);
    report(`sallyport users add, hashed with ${algorithm}: ${added.stdout.trim()}`);
  }
  const trail = inside(child, ['sallyport', 'audit', 'export']);
  assert.match(trail.stdout, /"sallyport"/, trail.stderr);
  report('the audit trail names the user of the image as the operator');
}

function checkConsole(child: ChildProcess): void {
  const ask = `fetch('http://127.0.0.1:${environment.PORT}/console')
    .then(async (answer) => console.log(answer.status, await answer.text()))`;
  const page = inside(child, ['node', '-e', ask]);
  assert.match(page.stdout, /^200 .*\/console\/assets\/index-/s, page.stderr);
  report('serves the console');
}

function report(line: string): void {
  process.stdout.write(`ok  ${line}\n`);
}
