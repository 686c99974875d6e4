/** What the documentation says is held against the code that it speaks of. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { SETTINGS } from '../src/config.ts';
import { startServerProcess, temporaryFolder } from './support/server-process.ts';

const ROOT = join(import.meta.dirname, '..');
const MAIN = join(ROOT, 'src/main.ts');
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

test('the table of settings in the README is the table of settings in the code', () => {
  const rows = Object.entries(SETTINGS).map(([name, { shownDefault, meaning }]) => {
    const shown = shownDefault === '' ? '' : `\`${shownDefault}\``;
    return `| \`${name}\` | ${shown} | ${meaning} |`;
  });
  const table = ['| setting | default | meaning |', '|---|---|---|', ...rows].join('\n');
  const [, shown = ''] =
    /<!-- settings:[^>]*-->\n([\s\S]*?)\n?<!-- \/settings -->/.exec(README) ?? [];
  assert.equal(shown.trim(), table);
});

test('every file that the documentation links to is there', () => {
  const pages = [
    ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
    ...readdirSync(join(ROOT, 'docs'), { recursive: true })
      .map((name) => join('docs', String(name)))
      .filter((name) => name.endsWith('.md')),
  ];
  const missing = pages.flatMap((page) => {
    const links = readFileSync(join(ROOT, page), 'utf8').matchAll(/\]\(([^)\s]+)\)/g);
    return [...links]
      .map(([, target = '']) => target.split('#')[0] ?? '')
      .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
      .filter((target) => !existsSync(join(ROOT, dirname(page), target)))
      .map((target) => `${page} links to ${target}`);
  });
  assert.deepEqual(missing, []);
});

interface TourStep {
  readonly command: string;
  readonly expected: string;
}

test('the tours of the README work as typed, with the output that they show', async (t) => {
  const folder = temporaryFolder(t);
  const server = await startServerProcess(t, { DATA_DIR: join(folder, 'data') });
  const steps = readTour();
  assert.ok(steps.length > 12);
  const outputs = await runInShell(steps, server.url, folder);
  for (const [index, { command, expected }] of steps.entries()) {
    assert.match(outputs[index] ?? '', patternOf(expected), command);
  }
  await server.stop();
});

/** The commands behind `$ ` in console blocks, each with the lines up to the next one. */
function readTour(): TourStep[] {
  const blocks = [...README.matchAll(/```console\n([\s\S]*?)```/g)].map(([, block = '']) => block);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const [command = '', ...expected] = step.trimEnd().split('\n');
        return { command, expected: expected.join('\n') };
      }),
  );
}

/** One shell for all, because later commands use variables of earlier ones. */
async function runInShell(steps: TourStep[], url: string, folder: string): Promise<string[]> {
  const mark = '--- end of step ---';
  const sallyport = `"${process.execPath}" "${MAIN}"`;
  const script = steps
    .map(({ command }) => `${command}\necho; echo '${mark}'`)
    .join('\n')
    .replaceAll('http://localhost:6573', url.replace('127.0.0.1', 'localhost'))
    .replaceAll('npx sallyport', sallyport)
    .replaceAll('node -pe', `"${process.execPath}" -pe`);
  // A terminal shows both outputs.
  const shell = spawn('bash', ['-euo', 'pipefail', '-c', `exec 2>&1\n${script}`], {
    cwd: folder,
    env: { ...process.env, DATA_DIR: join(folder, 'data') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  shell.stdout.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
  });
  const [code] = await once(shell, 'close');
  assert.equal(code, 0, output);
  return output.split(`${mark}\n`).map((text) => text.trim());
}

/** `…` stands for anything; times are compared by their form. */
function patternOf(expected: string): RegExp {
  const pattern = expected
    .replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    .replaceAll('…', '[^"]+')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\\\.\d{3})?Z/g, (_, fraction?: string) => {
      const milliseconds = fraction === undefined ? '' : '\\.\\d{3}';
      return `\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d${milliseconds}Z`;
    })
    .replace(/"time":0\\\.\d+/g, '"time":[0-9.e-]+')
    .replace(/"expires_at":\d+/g, '"expires_at":\\d+');
  return new RegExp(`^${pattern}$`);
}
