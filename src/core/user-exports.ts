/** All users with everything that another installation needs to let them sign in. */

import { writeCsvLine } from './csv-cells.ts';
import type { Requester } from './events.ts';
import type { TransferFormat } from './import-lines.ts';
import type { Repository } from './repository.ts';
import type { OutgoingUser } from './transfer-repository.ts';

/** How many users one read gives. */
const PAGE = 500;

const EXPORT_FIELDS = [
  'id',
  'username',
  'role',
  'enabled',
  'origin',
  'created_at',
  'last_sign_in_at',
  'password_hash',
  'identities',
] as const;

export class UserExports {
  readonly #repository: Repository;

  constructor(deps: { repository: Repository }) {
    this.#repository = deps.repository;
  }

  /**
   * The text of an export in pieces, by id, one page in memory. A user is in it once and as one
   * moment had them; who is added meanwhile may be in it. That it was asked for is recorded first.
   */
  async *run(format: TransferFormat, by: Requester): AsyncGenerator<string> {
    await this.#repository.recordUserExport({ by });
    if (format === 'csv') yield writeCsvLine(EXPORT_FIELDS);
    for (let afterId = 0; ; ) {
      const page = await this.#repository.listOutgoingUsers({ afterId, limit: PAGE });
      if (page.length > 0) yield page.map((user) => lineOf(user, format)).join('');
      const last = page.at(-1);
      if (last === undefined || page.length < PAGE) return;
      afterId = last.id;
    }
  }
}

function lineOf(user: OutgoingUser, format: TransferFormat): string {
  const fields = fieldsOf(user);
  if (format === 'jsonl') return `${JSON.stringify(fields)}\n`;
  const { identities, ...rest } = fields;
  const cells = {
    ...rest,
    identities: identities.length === 0 ? null : JSON.stringify(identities),
  };
  return writeCsvLine(EXPORT_FIELDS.map((name) => cells[name]));
}

function fieldsOf(user: OutgoingUser) {
  return {
    id: user.id,
    username: user.username,
    role: user.role,
    enabled: user.isEnabled,
    origin: user.origin,
    created_at: toInstant(user.createdAtMs),
    last_sign_in_at: user.lastSignInAtMs === null ? null : toInstant(user.lastSignInAtMs),
    password_hash: user.passwordHash,
    identities: user.identities.map((identity) => ({
      issuer: identity.issuer,
      subject: identity.subject,
      provider: identity.providerId,
      linked_at: toInstant(identity.linkedAtMs),
    })),
  };
}

/** RFC 3339 with milliseconds. */
function toInstant(ms: number): string {
  return new Date(ms).toISOString();
}
