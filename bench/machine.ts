/**
 * The machine that is measured on: what a result must name to mean anything, and which core does
 * what. The server gets the first core and the load the rest, where there is more than one and
 * `taskset` is there; whatever uses all cores by its nature (password hashing) is left unpinned.
 */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** Who runs where. `everywhere` is for what has a thread for each core. */
export type Place = 'server' | 'second_server' | 'load' | 'everywhere';

export interface Machine {
  readonly cpuModel: string;
  readonly cores: number;
  readonly memoryMb: number;
  readonly platform: string;
  readonly node: string;
  readonly isPinned: boolean;
}

const cores = availableParallelism();
const allowed = findAllowedCpus();
const canPin = allowed.length > 1 && spawnSync('taskset', ['--version']).status === 0;

export function describeMachine(): Machine {
  return {
    cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
    cores,
    memoryMb: Math.round(totalmem() / 2 ** 20),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    isPinned: canPin,
  };
}

/** The one-minute load average: what others do on this machine, and what a result suffers from. */
export function currentLoad(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100;
}

/** What to put before a command so that it runs there; empty where nothing can be pinned. */
export function pinned(place: Place): readonly string[] {
  const list = cpusOf(place);
  return list === null ? [] : ['taskset', '-c', list.join(',')];
}

function cpusOf(place: Place): readonly number[] | null {
  if (!canPin || place === 'everywhere') return null;
  const [first = 0, second = 0, ...rest] = allowed;
  if (place === 'server') return [first];
  if (place === 'second_server') return [rest.length > 0 ? second : first];
  return rest.length > 0 ? rest : [second];
}

/** In a container these are often not the first ones of the machine. */
function findAllowedCpus(): readonly number[] {
  if (process.platform !== 'linux') return [];
  const status = readFileSync('/proc/self/status', 'utf8');
  const [, list = ''] = /^Cpus_allowed_list:\s*(\S+)/m.exec(status) ?? [];
  return list.split(',').flatMap((range) => {
    const [from = Number.NaN, to = from] = range.split('-').map(Number);
    if (Number.isNaN(from)) return [];
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
}
