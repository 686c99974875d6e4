// Runs child processes so that none is orphaned: signals are passed on, and this process stays
// until the child is gone.

import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** @type {NodeJS.Signals[]} */
const passedOnSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/**
 * Every signal is passed on, however many come: what a second one means is for the child to say.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @param {(signal: NodeJS.Signals) => void} [onSignal]
 * @returns {() => void} stops passing on
 */
function passSignalsOn(child, onSignal) {
  /** @param {NodeJS.Signals} signal */
  const passOn = (signal) => {
    onSignal?.(signal);
    child.kill(signal);
  };
  for (const signal of passedOnSignals) process.on(signal, passOn);
  return () => {
    for (const signal of passedOnSignals) process.off(signal, passOn);
  };
}

/**
 * Lets a child take this process's place: it ends when the child ends, and in the same way.
 *
 * @param {string} command
 * @param {readonly string[]} commandArguments
 * @param {import('node:child_process').SpawnOptions} options
 * @returns {import('node:child_process').ChildProcess}
 */
export function yieldToChild(command, commandArguments, options) {
  const child = spawn(command, commandArguments, options);
  // Never undone: npm repeats a signal that the whole process group already got, and the late
  // repetition must not turn the child's clean exit into a death by signal.
  passSignalsOn(child);
  child.once('error', (error) => {
    process.stderr.write(`sallyport: ${command} cannot be started: ${error.message}\n`);
    process.exit(1);
  });
  child.once('close', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    endBySignal(signal);
  });
  return child;
}

/**
 * @typedef {object} CapturedRun
 * @property {number | null} code
 * @property {Buffer} output standard output and standard error, interleaved
 * @property {NodeJS.Signals | undefined} interruptedBy the first signal this process was sent
 */

/**
 * Runs a child to its end and keeps what it prints.
 *
 * @param {string} command
 * @param {readonly string[]} commandArguments
 * @param {string} cwd
 * @param {(pid: number) => void} onStart
 * @returns {Promise<CapturedRun>} rejects when the command cannot be started
 */
export function captureChild(command, commandArguments, cwd, onStart) {
  return new Promise((resolve, reject) => {
    /** @type {Buffer[]} */
    const chunks = [];
    /** @type {NodeJS.Signals | undefined} */
    let interruptedBy;
    const child = spawn(command, commandArguments, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const stopPassingOn = passSignalsOn(child, (signal) => {
      interruptedBy ??= signal;
    });
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      stopPassingOn();
      resolve({ code, output: Buffer.concat(chunks), interruptedBy });
    });
    if (child.pid !== undefined) onStart(child.pid);
  });
}

/** @param {NodeJS.Signals} signal */
export function endBySignal(signal) {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // Process 1 of a container survives its own signals: it reports the shell's convention.
  setTimeout(() => process.exit(128 + constants.signals[signal]), 100);
}
