/** One look at the trail for all who follow it, and nothing missed by who is slow. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuditFeed, type Followed } from '../../src/core/audit-feed.ts';
import { type AuditFilter, matchesAuditFilter } from '../../src/core/audit-filters.ts';
import type { AuditRecord } from '../../src/core/repository.ts';
import { eventStream } from '../../src/http/management/audit-stream.ts';

/** A trail in memory that counts what it is asked. */
class CountedTrail {
  readonly rows: AuditRecord[] = [];
  readonly asked = { settled: 0, after: 0, looks: 0 };
  isBroken = false;

  enter(count: number): void {
    for (let n = 0; n < count; n += 1) this.rows.push(recordOf(this.rows.length + 1));
  }

  findSettledAuditId = async () => {
    this.asked.settled += 1;
    if (this.isBroken) throw new Error('the database is away');
    return this.rows.length;
  };

  listAuditEventsAfter = async ({ afterId, limit }: { afterId: number; limit: number }) => {
    this.asked.after += 1;
    return this.rows.slice(afterId, afterId + limit);
  };

  lookForAuditEvents = async (input: {
    filter: AuditFilter;
    fromId: number;
    toId: number;
    limit: number;
  }) => {
    this.asked.looks += 1;
    const walked = this.rows.slice(input.fromId, Math.min(input.toId, input.fromId + 100));
    const records = walked.filter((row) => matchesAuditFilter(row, input.filter));
    const lookedTo = walked.at(-1)?.id ?? input.toId;
    return { records, lookedTo: lookedTo === input.toId ? null : lookedTo };
  };
}

function recordOf(id: number): AuditRecord {
  return {
    id,
    atMs: id,
    name: id % 2 === 0 ? 'user.created' : 'session.signed_in',
    actorKind: 'server',
    actorId: null,
    subject: null,
    sessionId: null,
    accessTokenId: null,
    nameHash: null,
    reason: null,
    endedSessions: null,
    address: null,
    requestId: null,
    userAgent: null,
  };
}

/** Takes what comes until there are so many. */
async function take(followed: AsyncGenerator<Followed>, count: number): Promise<number[]> {
  const ids: number[] = [];
  while (ids.length < count) {
    const next = await followed.next();
    if (next.done) break;
    ids.push(...next.value.records.map(({ id }) => id));
  }
  return ids;
}

const upTo = (last: number, first = 1) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

function setUp() {
  const trail = new CountedTrail();
  const end = new AbortController();
  return { trail, end, feed: new AuditFeed({ repository: trail, pollIntervalMs: 5 }) };
}

test('fifty followers cost one look, and each gets every event once and in order', async () => {
  const { trail, end, feed } = setUp();
  trail.enter(3);
  const followers = upTo(50).map(() => feed.follow({}, null, end.signal));
  await Promise.all(followers.map((one) => one.next()));
  trail.enter(40);
  const taken = await Promise.all(followers.map((one) => take(one, 40)));
  for (const ids of taken) assert.deepEqual(ids, upTo(43, 4));
  assert.equal(trail.asked.after, 1);
  end.abort();
  for (const one of followers) assert.equal((await one.next()).done, true);
});

test('who has fallen far behind gets all of it from the database', async () => {
  const { trail, end, feed } = setUp();
  const slow = feed.follow({}, null, end.signal);
  const sleepy = feed.follow({ name: 'user.created' }, null, end.signal);
  const quick = feed.follow({}, null, end.signal);
  await Promise.all([slow.next(), sleepy.next(), quick.next()]);
  trail.enter(5_000);
  assert.deepEqual(await take(quick, 5_000), upTo(5_000));
  assert.ok(trail.asked.looks < 40, 'only what is not kept is read again');
  assert.deepEqual(await take(slow, 5_000), upTo(5_000));
  const even = upTo(5_000).filter((id) => id % 2 === 0);
  assert.deepEqual(await take(sleepy, 2_500), even);
  end.abort();
});

test('without a follower nothing is asked, and the next one begins anew', async () => {
  const { trail, feed } = setUp();
  for (let round = 0; round < 3; round += 1) {
    const end = new AbortController();
    trail.enter(10);
    const followed = feed.follow({}, null, end.signal);
    await followed.next();
    trail.enter(2);
    assert.deepEqual(await take(followed, 2), upTo(trail.rows.length, trail.rows.length - 1));
    end.abort();
    assert.equal((await followed.next()).done, true);
  }
  const { settled } = trail.asked;
  await new Promise((resolve) => setTimeout(resolve, 0));
  assert.equal(trail.asked.settled, settled);
});

test('a database that is away for a while loses nobody anything', async () => {
  const { trail, end, feed } = setUp();
  const followed = feed.follow({}, null, end.signal);
  await followed.next();
  trail.isBroken = true;
  trail.enter(2);
  for (let n = 0; n < 3; n += 1) {
    const { value } = await followed.next();
    assert.deepEqual(value?.records, []);
  }
  trail.isBroken = false;
  assert.deepEqual(await take(followed, 2), [1, 2]);
  end.abort();
  trail.isBroken = true;
  await assert.rejects(feed.follow({}, null, new AbortController().signal).next(), /is away/);
});

test('a stream breaks its silence every fifteen seconds with the place where it is', async () => {
  let nowMs = 0;
  async function* quiet(): AsyncGenerator<Followed> {
    for (let position = 7; ; position += 1) yield { records: [], position };
  }
  const followed = quiet();
  const spoken = eventStream({
    first: await followed.next(),
    followed,
    isAllowed: async () => {
      nowMs += 1_000;
      return nowMs < 40_000;
    },
    nowMs: () => {
      nowMs += 250;
      return nowMs;
    },
  });
  const said: [string, number][] = [];
  for await (const text of spoken) said.push([text.replaceAll('\n', '|'), nowMs]);
  const [retry, first, second, third, ...rest] = said;
  assert.equal(retry?.[0], 'retry: 1000||');
  assert.equal(first?.[0], ':|id: 7||');
  assert.match(second?.[0] ?? '', /^:\|id: \d+\|\|$/);
  const pauses = [second, third].map((one, index) => {
    return (one?.[1] ?? 0) - ([first, second][index]?.[1] ?? 0);
  });
  for (const pause of pauses) assert.ok(pause >= 15_000 && pause < 18_000, String(pauses));
  assert.deepEqual(rest, [], 'it ends when it is allowed no longer');
});
