/** The completion scripts in the shells that they are for; each shell is real. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { completedCommands } from '../../src/cli/completion-words.ts';
import { createProgram } from '../../src/cli/program.ts';
import { CommandFolder } from '../support/cli-transcripts.ts';
import { debianPackage, debianProgram } from '../support/debian-package.ts';
import { fakeContext } from '../support/fake-command-context.ts';
import { TerminalSession } from '../support/terminal-sessions.ts';

/** A command line up to where Tab is pressed, and all that it can go on with. */
const CASES: readonly [line: string, words: string][] = [
  ['sallyport au', 'audit auth'],
  ['sallyport audit ', 'export tail'],
  ['sallyport users add --ro', '--role'],
  ['sallyport users add --role ', 'ADMIN STANDARD'],
  ['sallyport users add bob --role S', 'STANDARD'],
  ['sallyport tokens create ci --permission write,', 'write,admin'],
  [
    'sallyport audit tail -n 3 --event session.refresh_r',
    'session.refresh_retried session.refresh_reused',
  ],
  ['sallyport audit export --format ', 'csv jsonl'],
  ['sallyport completion ', 'bash fish zsh'],
  ['sallyport users list x', ''],
  ['sallyport nothing ', ''],
];

async function writeScript(t: TestContext, shell: string): Promise<CommandFolder> {
  const folder = new CommandFolder('in this process');
  t.after(() => folder.remove());
  const { exitCode, stderr } = await folder.run(`sallyport completion ${shell} > script`);
  assert.equal(exitCode, 0, stderr);
  return folder;
}

function sorted(text: string): string {
  return text
    .split(/\s+/)
    .filter((word) => word !== '')
    .sort()
    .join(' ');
}

describe('completion', { concurrency: 3 }, () => {
  test('bash completes commands, options and their values', async (t) => {
    const folder = await writeScript(t, 'bash');
    const driver = `source ./script
      COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
      eval "$(complete -p sallyport | sed 's/.*-F \\([^ ]*\\).*/\\1/')"
      echo "\${COMPREPLY[*]}"`;
    const complete = (words: string[]) =>
      execFileSync('bash', ['--norc', '-euc', driver, 'bash', ...words], {
        cwd: folder.path,
        encoding: 'utf8',
      });
    for (const [line, words] of CASES) assert.equal(sorted(complete(line.split(' '))), words, line);
    // bash hands --role=A over as three words.
    const parted = ['sallyport', 'users', 'add', '--role', '=', 'A'];
    assert.equal(complete(parted).trim(), 'ADMIN');
    assert.equal(complete([...parted.slice(0, 4), '=']).trim(), 'ADMIN STANDARD');
  });

  test('bash completes at a prompt, and runs nothing that was typed', async (t) => {
    const folder = await writeScript(t, 'bash');
    const session = new TerminalSession(folder, "PS1='READY> ' bash --norc --noprofile -i");
    t.after(() => session.kill());
    await session.waitFor(/READY> /);
    session.type('source ./script\r');
    await session.waitFor(/READY> /);
    session.type('sallyport toke\trot\t');
    await session.waitFor(/sallyport tokens rotate /);
    session.type('\x15sallyport "$(touch run)" `touch run` users a\t\t--x\x15true\r');
    await session.waitFor(/READY> /);
    session.type('exit\r');
    await session.end();
    assert.ok(!existsSync(join(folder.path, 'run')));
  });

  test('every command, option and listed value is in all three scripts', async (t) => {
    const commands = completedCommands(createProgram(fakeContext()));
    for (const shell of ['bash', 'zsh', 'fish']) {
      const folder = await writeScript(t, shell);
      const { stdout } = await folder.run('cat script');
      for (const { path, options, values, subcommands } of commands) {
        assert.ok(stdout.includes(path), `${shell}: ${path}`);
        const names = options.flatMap((option) => [
          ...option.names.filter((name) => name.startsWith('--')),
          ...option.values,
        ]);
        for (const word of [...names, ...values, ...subcommands.map((next) => next.word)]) {
          assert.ok(stdout.includes(word.replace(/^--/, '')), `${shell}: ${path} ${word}`);
        }
      }
    }
  });

  test('fish completes commands, options and their values', async (t) => {
    const folder = await writeScript(t, 'fish');
    const { path, env } = debianProgram('fish');
    const complete = (line: string) =>
      execFileSync(path, ['--no-config', '-c', `source ./script; complete -C '${line}'`], {
        cwd: folder.path,
        encoding: 'utf8',
        env: { ...folder.environment, ...env },
      });
    for (const [line, words] of CASES) {
      const found = complete(line).replace(/\t.*$/gm, '');
      assert.equal(sorted(found), words, line);
    }
    assert.match(complete('sallyport users add --role=A'), /^--role=ADMIN\t/);
  });

  test('zsh completes commands, options and their values', async (t) => {
    const folder = await writeScript(t, 'zsh');
    const { path, env } = debianProgram('zsh');
    const root = debianPackage('zsh');
    const functions = globSync(join(root, 'usr/share/zsh/functions/**/'));
    const [module] = globSync(join(root, 'usr/lib/*/zsh/*/zsh/complete.so'));
    assert.ok(module !== undefined);
    writeFileSync(
      join(folder.path, 'setup'),
      `module_path=('${join(module, '../..')}')
fpath=(${functions.map((name) => `'${name}'`).join(' ')})
autoload -Uz compinit
compinit -u -D
source ./script
unsetopt automenu
zle_highlight=(none)
PS1='READY> '
`,
    );
    const libraries = `LD_LIBRARY_PATH='${env.LD_LIBRARY_PATH ?? ''}'`;
    const session = new TerminalSession(folder, `${libraries} '${path}' -f -i`);
    t.after(() => session.kill());
    await session.waitFor(/% |# /);
    session.type('. ./setup\r');
    await session.waitFor(/READY> /);
    session.type('sallyport toke\trot\t');
    await session.waitFor(/sallyport tokens.* rotate/s);
    session.type('\x15sallyport users \t');
    await session.waitFor(/set-password +-- set a user/);
    session.type('\x15sallyport users add --role=A\t');
    await session.waitFor(/--role=ADMIN/);
    session.type('\x15sallyport tokens create ci --permission write,\t');
    await session.waitFor(/write,admin/);
    session.type('\x15sallyport completion f\t');
    await session.waitFor(/completion fish/);
    session.type('\x15exit\r');
    await session.end();
  });
});
