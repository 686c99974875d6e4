import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { choosePinnedNode, isRecentNode } from '../../runtime/node-choice.mjs';
import { projectRoot } from '../support/checkout-copies.ts';

const pinnedPlatforms = readdirSync(join(projectRoot, 'runtime'));

function choose(platform: string, arch: string, exists = (_path: string) => true) {
  return choosePinnedNode({ version: '20.20.2', platform, arch, pinnedPlatforms, exists });
}

test('a Node that runs TypeScript files without a flag is used as it is', () => {
  for (const version of ['22.18.0', '22.23.3', '23.6.0', '24.0.0', '26.1.0']) {
    assert.equal(isRecentNode(version), true, version);
  }
  for (const version of ['18.20.8', '20.20.2', '22.17.1', '22.9.0', '23.5.0']) {
    assert.equal(isRecentNode(version), false, version);
  }
});

test('each platform with a ready-made Node gets its own package, pinned with an integrity hash', () => {
  for (const [platform, arch, file] of [
    ['linux', 'x64', 'linux-x64/bin/node'],
    ['linux', 'arm64', 'linux-arm64/bin/node'],
    ['win32', 'x64', 'win-x64/bin/node.exe'],
  ] as const) {
    const choice = choose(platform, arch);
    assert.ok(choice.found);
    assert.equal(choice.executable, `node_modules/node-${file}`);
    const lockFile = join(projectRoot, 'runtime', choice.platform, 'package-lock.json');
    const locked = JSON.parse(readFileSync(lockFile, 'utf8')).packages;
    const { version, integrity, resolved } = locked[`node_modules/node-${choice.platform}`];
    assert.equal(isRecentNode(version), true);
    assert.match(integrity, /^sha512-/);
    assert.match(resolved, /^https:\/\/registry\.npmjs\.org\/node-/);
  }
});

test('any other platform is told in one line which Node to install', () => {
  const onMusl = choose('linux', 'x64', (path) => !path.startsWith('/lib64/ld-linux'));
  for (const choice of [choose('freebsd', 'x64'), choose('linux', 'riscv64'), onMusl]) {
    assert.ok(!choice.found);
    assert.match(choice.why, /^[^\n]*Node >= 22\.18[^\n]*$/);
  }
  assert.ok(!onMusl.found);
  assert.match(onMusl.why, /linux-x64 without glibc/);
});
