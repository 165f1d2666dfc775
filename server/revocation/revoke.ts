import type { Request } from 'express';
import type { ConsumerKeyService } from '../consumer-keys/consumer-key-service';
import { isExpired, type ConsumerKey } from '../consumer-keys/consumer-key';
import type { VisitorOf } from '../http/visitor';
import type { ExpiredKeys } from '../key-authentication/verify';
import type { Session, SessionService } from '../session/session-service';
import { mayManage } from '../users/may-manage';
import type { UserService } from '../users/user-service';
import type { CallerReader, CallingKey } from './caller';
import { isSameSession, type RevocationService } from './revocation-service';
import type { RevokeBody } from './revoke-body';
import { RevokeError } from '../errors/oauth';
import { keyOfToken, type RevokeTarget } from './revoke-target';

export interface RevokeDependencies {
  readonly caller: CallerReader;
  readonly revocation: RevocationService;
  readonly consumerKeys: ConsumerKeyService;
  readonly sessions: SessionService;
  readonly users: UserService;
  readonly visitorOf: VisitorOf;
  readonly expired: ExpiredKeys;
  readonly now: () => number;
}

const NOT_THE_CLIENT = 'The client_id is not the calling key.';

/**
 * Returns what `/revoke` and the logout dialects share: they check whether the caller may revoke
 * the target, revoke it, and return the ids of the revoked keys.
 */
export function revoke(dependencies: RevokeDependencies) {
  const { caller, revocation, consumerKeys, sessions, users, visitorOf, expired, now } = dependencies;

  /**
   * Revokes the target for the calling key. With `alsoOwn`, revokes the calling key too.
   * @throws RevokeError 400 or 403
   */
  async function byKey(
    request: Request,
    { key }: CallingKey,
    target: RevokeTarget,
    { alsoOwn = false } = {},
  ): Promise<number[]> {
    if (
      target.clientId !== undefined &&
      (await keyOfToken(target.clientId, consumerKeys))?.keyId !== key.keyId
    )
      throw new RevokeError(400, NOT_THE_CLIENT);
    if (target.keyId !== undefined && target.keyId !== key.keyId)
      throw new RevokeError(403, 'Only a manager may name a key by its id.');
    const named = target.token === undefined ? key : await keyOfToken(target.token, consumerKeys);
    if (named && !isSameSession(named, key))
      throw new RevokeError(403, 'This key belongs to another app or owner.');
    const at = Math.max(now(), expired.seenAt(key.keyId));
    const isEnded = isExpired(key, at);
    if (isEnded && key.expiredAt === null) expired.note(key.keyId, at);
    // A replaced key that leaked must not end its successor.
    if (isEnded && named && named.keyId !== key.keyId)
      throw new RevokeError(403, 'This key has expired. It may revoke only itself.');
    const wanted = target.allSessions && !isEnded ? await revocation.sessionsOf(key) : named ? [named] : [];
    const own = alsoOwn && !wanted.some(({ keyId }) => keyId === key.keyId) ? [key] : [];
    return revocation.revoke([...wanted, ...own], {
      how: 'app',
      keyId: key.keyId,
      address: visitorOf(request).address,
    });
  }

  /**
   * Revokes the target for a signed-in manager.
   * @throws RevokeError 400, 401 or 403
   */
  async function byManager(
    request: Request,
    session: Session,
    { fields }: RevokeBody,
    target: RevokeTarget,
  ): Promise<number[]> {
    if (!sessions.mayChange(request, session, fields._wpnonce))
      throw new RevokeError(
        401,
        'The nonce is not valid for this session, or the request came from elsewhere.',
      );
    if (!session.isManager) throw new RevokeError(403, 'Only a manager may revoke keys.');
    // A session is not a key, so its client_id cannot be the calling key.
    if (target.clientId !== undefined) throw new RevokeError(400, NOT_THE_CLIENT);
    if (target.token === undefined && target.keyId === undefined)
      throw new RevokeError(400, 'Name the key to revoke by key_id or token.');
    const named = await managedKey(session, target);
    const keys = !named ? [] : target.allSessions ? await revocation.sessionsOf(named) : [named];
    const { userId, login } = session.user;
    return revocation.revoke(keys, { how: 'manager', userId, login, address: visitorOf(request).address });
  }

  async function managedKey(session: Session, target: RevokeTarget): Promise<ConsumerKey | undefined> {
    const key =
      target.token === undefined
        ? await consumerKeys.find(target.keyId ?? 0)
        : await keyOfToken(target.token, consumerKeys);
    const owner = key && (await users.find(key.userId));
    if (owner && !mayManage(session.user, owner))
      throw new RevokeError(403, "Only an administrator may revoke an administrator's key.");
    return key;
  }

  return {
    expectSigner: caller.expectSigner,
    callingKey: caller.callingKey,
    byKey,
    /**
     * Revokes the target for the calling key, or for a manager's session if the request has no
     * credential.
     */
    async byAnyone(request: Request, body: RevokeBody, target: RevokeTarget): Promise<number[]> {
      const key = await caller.callingKey(request, body);
      if (key) return byKey(request, key, target);
      const session = await sessions.of(request);
      if (!session) throw new RevokeError(401, 'Authentication required');
      return byManager(request, session, body, target);
    },
  };
}
