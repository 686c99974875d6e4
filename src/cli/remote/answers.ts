/**
 * Reading what a server answered. Nothing is taken on trust: what is not of the form that the
 * contract says came from a proxy or another program, and is one clear line.
 */

import { CommandFailure } from '../failures.ts';

export interface RemoteAnswer {
  /** What was asked, for sentences: `GET /auth/access_tokens`. */
  readonly call: string;
  readonly status: number;
  readonly headers: Headers;
  /** Undefined when the body is not JSON. */
  readonly json: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

/** An object of an answer, and the call that gave it. */
export interface AnswerObject {
  readonly call: string;
  readonly fields: Fields;
}

/** @throws CommandFailure `answer_invalid` */
export function readObject({ call, json }: RemoteAnswer): AnswerObject {
  return { call, fields: requireObject(call, json) };
}

/** @throws CommandFailure `answer_invalid` */
export function readObjects(call: string, value: unknown): AnswerObject[] {
  if (!Array.isArray(value)) throw strange(call, 'no list where one belongs');
  return value.map((item) => ({ call, fields: requireObject(call, item) }));
}

/** @throws CommandFailure `answer_invalid` */
export function readText({ call, fields }: AnswerObject, name: string): string {
  const value = fields[name];
  if (typeof value === 'string') return value;
  throw strange(call, `no text in the field ${name}`);
}

/** @throws CommandFailure `answer_invalid` */
export function readWhole({ call, fields }: AnswerObject, name: string): number {
  const value = fields[name];
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw strange(call, `no whole number in the field ${name}`);
}

/** @throws CommandFailure `answer_invalid` */
export function readNumber({ call, fields }: AnswerObject, name: string): number {
  const value = fields[name];
  if (typeof value === 'number') return value;
  throw strange(call, `no number in the field ${name}`);
}

/** @throws CommandFailure `answer_invalid` */
export function readFlag({ call, fields }: AnswerObject, name: string): boolean {
  const value = fields[name];
  if (typeof value === 'boolean') return value;
  throw strange(call, `neither true nor false in the field ${name}`);
}

/** @throws CommandFailure `answer_invalid` */
export function readOneOf<T extends string>(
  object: AnswerObject,
  name: string,
  words: readonly T[],
): T {
  const word = words.find((candidate) => candidate === object.fields[name]);
  if (word !== undefined) return word;
  throw strange(object.call, `none of ${words.join(', ')} in the field ${name}`);
}

/** @throws CommandFailure `answer_invalid` */
export function readChild({ call, fields }: AnswerObject, name: string): AnswerObject {
  return { call, fields: requireObject(call, fields[name]) };
}

/** RFC 3339 to milliseconds. @throws CommandFailure `answer_invalid` */
export function readTimeMs(object: AnswerObject, name: string): number {
  const ms = Date.parse(readText(object, name));
  if (!Number.isNaN(ms)) return ms;
  throw strange(object.call, `no time in the field ${name}`);
}

/** Null stays null. */
export function readOptional<T>(
  object: AnswerObject,
  name: string,
  read: (object: AnswerObject, name: string) => T,
): T | null {
  return object.fields[name] === null ? null : read(object, name);
}

function requireObject(call: string, value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw strange(call, 'no object where one belongs');
}

function strange(call: string, what: string): CommandFailure {
  const line =
    `The answer to ${call} has ${what}: the server is another program, or a release of ` +
    'Sallyport that this command does not know.';
  return new CommandFailure('answer_invalid', [line]);
}
