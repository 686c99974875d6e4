/** Says in a corner, and to screen readers, that something was done. */

import { notifications } from '@mantine/notifications';
import { sentenceOf } from '../api/problem.ts';

const SHOWN_MS = 6_000;

export function announceDone(message: string): void {
  notifications.show({ message, color: 'green', autoClose: SHOWN_MS });
}

/** Stays until it is closed: whoever looked away must not miss it. */
export function announceFailure(title: string, error: unknown): void {
  notifications.show({ title, message: sentenceOf(error), color: 'red', autoClose: false });
}
