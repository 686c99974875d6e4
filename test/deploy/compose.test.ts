/** What compose.yaml says is held against the settings, the image and the proxy's configuration. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ipaddr from 'ipaddr.js';
import { parse } from 'yaml';
import { SETTINGS } from '../../src/config.ts';
import { weaknessOf } from '../../src/crypto/secret-rules.ts';
import { SHUTDOWN_GRACE_MS } from '../../src/serve.ts';
import { environmentOf, only, readDockerfile } from '../support/dockerfile.ts';
import { temporaryFolder } from '../support/server-process.ts';

const DEPLOY = join(import.meta.dirname, '../../deploy');

interface Service {
  readonly image: string;
  readonly user?: string;
  readonly read_only: boolean;
  readonly cap_drop: string[];
  readonly security_opt: string[];
  readonly restart: string;
  readonly environment?: Record<string, string>;
  readonly secrets: string[];
  readonly networks: Record<string, { ipv4_address?: string }> | string[];
  readonly tmpfs: string[];
  readonly ports?: string[];
  readonly volumes?: string[];
  readonly stop_grace_period?: string;
  readonly depends_on?: Record<string, unknown>;
  readonly deploy: { readonly resources: { readonly limits: Record<string, unknown> } };
}

interface Compose {
  readonly services: Record<string, Service>;
  readonly networks: { front: { ipam: { config: { subnet: string }[] } }; back: object };
  readonly volumes: Record<string, object>;
  readonly secrets: Record<string, { file: string }>;
}

const text = readFileSync(join(DEPLOY, 'compose.yaml'), 'utf8');
const compose: Compose = parse(text, { merge: true, strict: true });
const services = Object.entries(compose.services);
const servers = services.filter(([name]) => name.startsWith('sallyport-'));
const proxy = compose.services.proxy as Service;
const nginx = readFileSync(join(DEPLOY, 'nginx.conf'), 'utf8');
const { image } = readDockerfile();

function addressOn(service: Service): string {
  return (service.networks as Record<string, { ipv4_address: string }>).front?.ipv4_address ?? '';
}

test('there are two servers, PostgreSQL and a proxy, and only the proxy is reached from outside', () => {
  assert.deepEqual(Object.keys(compose.services).sort(), [
    'postgres',
    'proxy',
    'sallyport-1',
    'sallyport-2',
  ]);
  assert.deepEqual(
    services.filter(([, { ports }]) => ports !== undefined).map(([name]) => name),
    ['proxy'],
  );
  assert.deepEqual(compose.services.postgres?.networks, ['back']);
});

test('every container is confined, limited and started again', () => {
  for (const [name, service] of services) {
    assert.equal(service.read_only, true, name);
    assert.deepEqual(service.cap_drop, ['ALL'], name);
    assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
    assert.equal(service.restart, 'unless-stopped', name);
    const limits = Object.keys(service.deploy.resources.limits);
    assert.deepEqual(limits.sort(), ['cpus', 'memory', 'pids'], name);
    // The servers' user is that of their image.
    assert.ok(servers.some(([server]) => server === name) || service.user !== undefined, name);
  }
});

test('the image is called by the version of this repository', () => {
  const { version } = JSON.parse(readFileSync(join(DEPLOY, '../package.json'), 'utf8'));
  for (const [, server] of servers) assert.equal(server.image, `sallyport:${version}`);
});

test('every setting of the servers is one, and no secret stands in the environment', () => {
  for (const [, { environment = {} }] of servers) {
    for (const name of Object.keys(environment)) {
      assert.ok(name.replace(/_FILE$/, '') in SETTINGS, `${name} is not a setting`);
    }
    assert.ok('DATABASE_URL_FILE' in environment && 'PARAMS_KEY_FILE' in environment);
  }
  assert.doesNotMatch(text, /(PASSWORD|SECRET|KEY|URL): /);
});

test('every secret file that a container reads is handed to it', () => {
  const read = (service: Service) => Object.values(service.environment ?? {}).join('\n');
  const mounted = (service: Service, text: string) =>
    [...text.matchAll(/\/run\/secrets\/(\w+)/g)].every(([, name = '']) =>
      service.secrets.includes(name),
    );
  for (const [name, service] of services) {
    assert.ok(mounted(service, name === 'proxy' ? nginx : read(service)), name);
    for (const secret of service.secrets) assert.ok(secret in compose.secrets, secret);
  }
});

test('folders that the servers write to belong to the user of the image', () => {
  const [uid, gid] = only(image, 'USER').split(':');
  const folder = environmentOf(image).DATA_DIR;
  for (const [, { tmpfs }] of servers) {
    const data = tmpfs.find((mount) => mount.startsWith(`${folder}:`));
    assert.match(data ?? '', new RegExp(`uid=${uid},gid=${gid}$`));
  }
});

test('the addresses that the proxy forwards to are those of the servers', () => {
  const forwarded = [...nginx.matchAll(/server (\S+:\d+) /g)].map(([, address]) => address);
  const port = environmentOf(image).PORT;
  assert.deepEqual(
    forwarded,
    servers.map(([, server]) => `${addressOn(server)}:${port}`),
  );
  const subnet = compose.networks.front.ipam.config[0]?.subnet ?? '';
  for (const [, service] of [...servers, ['proxy', proxy] as const]) {
    assert.ok(ipaddr.parse(addressOn(service)).match(ipaddr.parseCIDR(subnet)));
  }
});

test('the servers believe forwarding headers of the proxy and of nobody else', () => {
  for (const [, { environment }] of servers) {
    assert.equal(environment?.TRUSTED_PROXIES, addressOn(proxy));
  }
});

test('the ports that are published are those that nginx listens on', () => {
  const inside = proxy.ports?.map((port) => port.split(':')[1]);
  const listened = [...nginx.matchAll(/listen (\d+)/g)].map(([, port]) => port);
  assert.deepEqual(inside, listened);
  assert.ok(proxy.volumes?.some((volume) => volume.startsWith('./nginx.conf:/etc/nginx/')));
});

test('servers are given longer to end than they take', () => {
  for (const [, { stop_grace_period }] of servers) {
    const seconds = Number(/^(\d+)s$/.exec(stop_grace_period ?? '')?.[1]);
    assert.ok(seconds * 1000 > SHUTDOWN_GRACE_MS);
  }
  const unit = readFileSync(join(DEPLOY, 'sallyport.service'), 'utf8');
  assert.ok(Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]) * 1000 > SHUTDOWN_GRACE_MS);
});

test('make-secrets.sh makes what compose.yaml names, once, and strong enough to start with', (t) => {
  const folder = temporaryFolder(t);
  copyFileSync(join(DEPLOY, 'make-secrets.sh'), join(folder, 'make-secrets.sh'));
  const make = () => execFileSync('sh', [join(folder, 'make-secrets.sh')], { stdio: 'pipe' });
  make();
  const secrets = join(folder, 'secrets');
  const named = Object.values(compose.secrets).map(({ file }) => file.replace('./secrets/', ''));
  const ours = named.filter((name) => !name.endsWith('.pem'));
  assert.deepEqual(readdirSync(secrets).sort(), ours.sort());
  assert.equal(statSync(secrets).mode & 0o777, 0o700);
  const read = (name: string) => readFileSync(join(secrets, name), 'utf8');
  for (const name of ours) assert.equal(statSync(join(secrets, name)).mode & 0o777, 0o644, name);
  assert.equal(new URL(read('database_url')).password, read('postgres_password'));
  assert.equal(new URL(read('database_url')).hostname, 'postgres');
  assert.equal(weaknessOf(read('params_key')), null);
  const key = read('params_key');
  assert.throws(make, /there are secrets already/);
  assert.equal(read('params_key'), key);
});

test('every file that the systemd unit starts is in the repository', () => {
  const unit = readFileSync(join(DEPLOY, 'sallyport.service'), 'utf8');
  const paths = [...unit.matchAll(/\/opt\/sallyport\/(\S+)/g)].map(([, path = '']) => path);
  assert.ok(paths.includes('src/main.ts'));
  for (const path of paths) assert.ok(existsSync(join(DEPLOY, '..', path)), path);
});
