/**
 * Whether anybody is there. Pages that keep themselves up to date use the session for ever, so that
 * the server's own limit of an hour without use never comes: who walks away must be signed out all
 * the same. Somebody at work in another tab is somebody.
 */

import { useEffect } from 'react';

/** As long as the server lets a session go unused. */
const UNATTENDED_MS = 60 * 60_000;
const CHECK_MS = 30_000;
const SIGNS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

/** Calls `leave` once nobody has done anything here or in another tab for an hour. */
export function useUnattended(leave: () => void): void {
  useEffect(() => {
    const others = new BroadcastChannel('sallyport-console-attended');
    let seenMs = Date.now();
    let toldMs = 0;
    const see = () => {
      seenMs = Date.now();
      if (seenMs - toldMs < CHECK_MS) return;
      toldMs = seenMs;
      others.postMessage(null);
    };
    others.onmessage = () => {
      seenMs = Date.now();
    };
    for (const sign of SIGNS) addEventListener(sign, see, { passive: true, capture: true });
    const timer = setInterval(() => {
      if (Date.now() - seenMs >= UNATTENDED_MS) leave();
    }, CHECK_MS);
    return () => {
      for (const sign of SIGNS) removeEventListener(sign, see, { capture: true });
      clearInterval(timer);
      others.close();
    };
  }, [leave]);
}
