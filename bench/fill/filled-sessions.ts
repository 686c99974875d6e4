/**
 * The tokens of sessions that a fill has opened. A pair follows from what is stored of its session,
 * so it is made when it is needed, by the server's own signer.
 */

import type { Config } from '../../src/config.ts';
import { SessionTokenIssuer } from '../../src/core/session-tokens.ts';
import { Hs256Signer } from '../../src/crypto/hs256.ts';
import { systemClock } from '../../src/crypto/identifiers.ts';
import { toTokens } from '../../src/storage/session-transitions.ts';
import { all, statement } from '../../src/storage/transition.ts';
import { openSallyport, paramsPlace } from '../../src/wiring.ts';

/** Reading them all takes a while. */
const PATIENCE_MS = 120_000;
/** Multiplying by it and taking the rest scatters ids that lie at equal distances. */
const SCATTER = 40_503;
const SCATTERED = 65_536;

export interface SessionPair {
  readonly sessionId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

const countSessions = statement<object>()((db) =>
  db
    .selectFrom('sessions')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('ended_at_ms', 'is', null),
);
const selectSessions = statement<{ share: number; limit: number }>()((db, p) =>
  db
    .selectFrom('sessions')
    .innerJoin('users', 'users.id', 'sessions.user_id')
    .select([
      'sessions.id',
      'sessions.user_id',
      'users.username',
      'sessions.role_issued',
      'sessions.generation',
      'sessions.rotated_at_ms',
      'sessions.access_expires_at_s',
      'sessions.refresh_expires_at_s',
    ])
    .where('sessions.ended_at_ms', 'is', null)
    .where('users.is_enabled', '=', 1)
    .where((eb) => eb(eb(eb('user_id', '*', SCATTER), '%', SCATTERED), '<', p.share))
    .orderBy('sessions.id')
    .limit(p.limit),
);

/**
 * The current pairs of at most `limit` live sessions, drawn from all of them alike.
 * No server needs to run; one that does is not disturbed.
 * @throws StartFault
 */
export async function readSessionPairs(config: Config, limit: number): Promise<SessionPair[]> {
  const sallyport = await openSallyport(
    config,
    { record: () => undefined },
    { busyDeadlineMs: PATIENCE_MS },
  );
  try {
    const params = await paramsPlace(config, sallyport.repository).read();
    if (params === null) throw new Error('there are no server parameters');
    const issuer = new SessionTokenIssuer({
      userSigner: new Hs256Signer(params.userTokenSecret),
      clock: systemClock,
      issuer: config.APP_NAME,
    });
    const rows = await sallyport.database.read(() => drawSessions(limit));
    return rows.map((row) => {
      const { accessToken, refreshToken } = issuer.issuePair(toTokens(row.id, row));
      return { sessionId: row.id, accessToken, refreshToken };
    });
  } finally {
    await sallyport.close();
  }
}

function* drawSessions(limit: number) {
  const [counted] = yield* all(countSessions, {});
  // A few more than are wanted, because chance may give fewer.
  const share = Math.ceil((SCATTERED * limit * 1.1) / Math.max(1, counted?.count ?? 0));
  return yield* all(selectSessions, { share: Math.min(share, SCATTERED), limit });
}
