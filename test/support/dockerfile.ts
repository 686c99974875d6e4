/** Reads the Dockerfile: its instructions in order, and what the build is given of this checkout. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');

export interface Instruction {
  readonly name: string;
  /** Everything behind the name, continued lines joined by a space. */
  readonly text: string;
}

export interface Copy {
  /** A stage, or null for the checkout. */
  readonly from: string | null;
  /** `uid:gid`, or null for root. */
  readonly owner: string | null;
  readonly sources: readonly string[];
  readonly target: string;
}

export interface Dockerfile {
  readonly stages: readonly (readonly Instruction[])[];
  /** Of the last stage, the one that becomes the image. */
  readonly image: readonly Instruction[];
}

export function readDockerfile(): Dockerfile {
  const text = readFileSync(join(ROOT, 'Dockerfile'), 'utf8');
  const joined = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replace(/\s*\\\n\s*/g, ' ');
  const stages: Instruction[][] = [];
  for (const line of joined.split('\n').filter((candidate) => candidate.trim() !== '')) {
    const [, name = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === '') throw new Error(`the Dockerfile has a line that is no instruction: ${line}`);
    if (name === 'FROM') stages.push([]);
    stages.at(-1)?.push({ name, text: rest });
  }
  return { stages, image: stages.at(-1) ?? [] };
}

/** The text of the one instruction of this name. */
export function only(stage: readonly Instruction[], name: string): string {
  const found = stage.filter((instruction) => instruction.name === name);
  if (found.length !== 1) throw new Error(`the Dockerfile has ${found.length} ${name} in a stage`);
  return found[0]?.text ?? '';
}

export function parseCopy({ text }: Instruction): Copy {
  const words = text.split(' ');
  const flag = (name: string) =>
    words.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3) ?? null;
  const paths = words.filter((word) => !word.startsWith('--'));
  return {
    from: flag('from'),
    owner: flag('chown'),
    sources: paths.slice(0, -1),
    target: paths.at(-1) ?? '',
  };
}

/** `ENV A=1 B=2` as names and values; none of ours needs quotes. */
export function environmentOf(stage: readonly Instruction[]): Record<string, string> {
  return Object.fromEntries(
    only(stage, 'ENV')
      .split(' ')
      .map((pair) => pair.split('=') as [string, string]),
  );
}

/** The command behind CMD in `HEALTHCHECK --interval=… CMD ["…"]`. */
export function healthCommand(stage: readonly Instruction[]): string[] {
  const [, command = '[]'] = /CMD (\[.*\])$/.exec(only(stage, 'HEALTHCHECK')) ?? [];
  return JSON.parse(command);
}

/**
 * Whether .dockerignore, which lists what is let through and of that what is not, hands this path
 * to the build: the last line that fits decides.
 */
export function isInBuildContext(path: string): boolean {
  const lines = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  const fits = (pattern: string) => path === pattern || path.startsWith(`${pattern}/`);
  const last = lines.findLast((line) => line !== '' && fits(line.replace(/^!/, '')));
  return last?.startsWith('!') ?? false;
}

/** What other stages copy from it by, or null. */
export function nameOfStage(stage: readonly Instruction[]): string | null {
  return / AS (\S+)$/.exec(only(stage, 'FROM'))?.[1] ?? null;
}
