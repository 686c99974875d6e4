/** What the calls answer, from the types that are generated from the server's OpenAPI document. */

import type { Operations } from '../../../packages/client/src/openapi.ts';

type Answers = {
  [Id in keyof Operations]: Operations[Id]['responses'] extends infer R
    ? R extends { 200: infer Answer }
      ? Answer
      : R extends { 201: infer Answer }
        ? Answer
        : never
    : never;
};

/** The success of a call, by its operationId. */
export type AnswerOf<Id extends keyof Operations> = Answers[Id];

/** The body of a call, by its operationId. */
export type BodyOf<Id extends keyof Operations> = Operations[Id]['body'];

export interface PageOf<Item> {
  readonly items: Item[];
  readonly next_cursor: string | null;
}

export type User = AnswerOf<'management_get_user'>;
export type Role = User['role'];
export type Session = AnswerOf<'management_list_sessions'>['items'][number];
