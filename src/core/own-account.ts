/** What a person may read of their own account: who they are here, and what has happened to it. */

import type { AuditListing, AuditPage, AuditTrail } from './audit-trail.ts';
import type { ManagedUser, UserIdentity } from './operations-repository.ts';
import type { AuditRecord, Repository } from './repository.ts';
import type { VerifiedUser } from './sessions.ts';

export interface OwnProfile {
  readonly user: ManagedUser;
  /** The first that was linked first. */
  readonly identities: readonly UserIdentity[];
}

export class OwnAccount {
  readonly #repository: Repository;
  readonly #auditTrail: Pick<AuditTrail, 'list'>;

  constructor(deps: { repository: Repository; auditTrail: Pick<AuditTrail, 'list'> }) {
    this.#repository = deps.repository;
    this.#auditTrail = deps.auditTrail;
  }

  /** Null for who was deleted at this very moment. */
  async readProfile({ userId }: VerifiedUser): Promise<OwnProfile | null> {
    const user = await this.#repository.findManagedUser(userId);
    if (user === null) return null;
    const identities = await this.#repository.listIdentities(userId);
    return { user, identities: identities.toSorted((a, b) => a.linkedAtMs - b.linkedAtMs) };
  }

  /** Events that concern the person, the newest first. */
  async listEvents(
    { userId }: VerifiedUser,
    { afterId, limit }: Pick<AuditListing, 'afterId' | 'limit'>,
  ): Promise<AuditPage> {
    const filter = { subject: String(userId) };
    const page = await this.#auditTrail.list({ filter, order: 'newest', afterId, limit });
    return { ...page, records: page.records.map((record) => withoutOthers(record, userId)) };
  }
}

/**
 * Where an operator sits, and what they are called, is not theirs to know. Of nobody who is known
 * they do: that is who tried their name.
 */
function withoutOthers(record: AuditRecord, userId: number): AuditRecord {
  const { actorKind, actorId } = record;
  const isOwn = actorKind === 'user' && actorId === String(userId);
  if (isOwn || actorKind === 'anonymous') return record;
  return { ...record, actorId: null, address: null, requestId: null, userAgent: null };
}
