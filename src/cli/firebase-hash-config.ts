/** The password hash parameters of a Firebase project, as its console shows them to be copied. */

import { readFileSync } from 'node:fs';
import { EXIT } from './context.ts';
import { CommandFailure } from './failures.ts';

/**
 * The fields that its users' lines lack. The signer key is a secret and thus in a file.
 * @throws CommandFailure `hash_config_invalid`
 */
export function readFirebaseHashConfig(file: string): Readonly<Record<string, string | number>> {
  const text = readText(file);
  const givenFor = (name: string): string | undefined =>
    new RegExp(`\\b${name}"?\\s*:\\s*"?([\\w+/=-]+)`).exec(text)?.[1];
  const [key, rounds, memoryCost] = ['base64_signer_key', 'rounds', 'mem_cost'].map(givenFor);
  if (key === undefined || !isWhole(rounds) || !isWhole(memoryCost)) {
    throw invalid(
      `${file} must hold base64_signer_key, rounds and mem_cost, as the Firebase console shows ` +
        'them under Authentication, Users, Password hash parameters.',
    );
  }
  return {
    hash_algorithm: 'firebase-scrypt',
    hash_signer_key: key,
    hash_salt_separator: givenFor('base64_salt_separator') ?? '',
    hash_rounds: Number(rounds),
    hash_mem_cost: Number(memoryCost),
  };
}

function isWhole(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,4}$/.test(text);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    throw invalid(`${file} cannot be read (${reason}).`);
  }
}

function invalid(line: string): CommandFailure {
  return new CommandFailure('hash_config_invalid', [line], EXIT.usage);
}
