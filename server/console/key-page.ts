import { extendableUntil } from '../administration/key-state';
import { EXTEND_DAYS_MAX } from '../administration/key-administration';
import { isExpired, type ConsumerKey } from '../consumer-keys/consumer-key';
import type { ConsumerKeyService } from '../consumer-keys/consumer-key-service';
import { DAY_MS, lifetimeChoices, type KeyLifetimes } from '../consumer-keys/key-lifetime';
import type { KeyListReader } from '../consumer-keys/key-list-reader';
import type { StoreUrl } from '../http/store-url';
import { mayHoldSecretOf, mayManage } from '../users/may-manage';
import type { User } from '../users/user';
import type { UserService } from '../users/user-service';
import { isFresh } from './confirm-identity';
import type { Visit } from './console-access';
import type { ConsolePages } from './console-pages';
import { freshSignInHref } from './fresh-sign-in';
import type { KeyPage } from './key-pages';
import { limitValues } from './limit-fields';
import { ownerChoice } from './owner-choice';
import { endText, limitsText } from './shown-limits';
import { showOwnedKey } from './shown-keys';

export interface KeyPageDependencies {
  readonly pages: ConsolePages;
  readonly consumerKeys: ConsumerKeyService;
  readonly keyList: KeyListReader;
  readonly users: UserService;
  readonly storeUrl: StoreUrl;
  readonly lifetimes: KeyLifetimes;
}

/** What a rejected form or a change that was made adds to the page. */
export type KeyPageOutcome = Partial<Pick<KeyPage, 'values' | 'extendDays' | 'error' | 'notice'>>;

export type SendKeyPage = ReturnType<typeof sendKeyPage>;

/** Returns the function that sends the page of one key. */
export function sendKeyPage(dependencies: KeyPageDependencies) {
  const { pages, consumerKeys, keyList, users, storeUrl, lifetimes } = dependencies;
  const owners = ownerChoice(users);

  return async (
    visit: Visit,
    { key, owner }: { key: ConsumerKey; owner: User },
    outcome: KeyPageOutcome = {},
  ): Promise<void> => {
    const { response, frame, user, at } = visit;
    const isEditable = mayManage(user, owner) && !key.pending;
    const isOver = isExpired(key, at);
    const replacedBy = await consumerKeys.replacementOf(key);
    const replaces = await keyList.replacedBy(key.keyId);
    response.send(
      pages.key({
        frame: frame('keys'),
        key: showOwnedKey(key, owner, at),
        ...(isOver ? { extendableUntil: new Date(extendableUntil(key, at)) } : {}),
        ...(replacedBy === null ? {} : { replacedBy }),
        replaces,
        isEditable,
        mayRevoke: mayManage(user, owner),
        mayReplace: isEditable && mayHoldSecretOf(user, owner) && !isOver && replacedBy === null,
        extensions: isEditable ? extensionsOf(key, at, lifetimes) : [],
        lifetimes: lifetimeChoices(lifetimes),
        ...(isEditable && user.role === 'administrator'
          ? await owners.namesFor(user)
          : { owners: [], ownerIsTyped: false }),
        ...freshSignIn(visit, key.keyId, at),
        shown: { end: endText(key.limits), limits: limitsText(key.limits) },
        values: {
          description: key.description,
          permissions: key.permissions,
          owner: owner.login,
          ...limitValues(key.limits, 'keep'),
        },
        ...outcome,
      }),
    );
  };

  /** Returns what the page offers to a person who has no password here. */
  function freshSignIn({ session }: Visit, keyId: number, at: number): Pick<KeyPage, 'freshSignIn'> {
    if (!session.external) return {};
    const href = freshSignInHref(storeUrl, session.external.way, `/keys/${keyId}`);
    return { freshSignIn: { href, isDone: isFresh(session, at) } };
  }
}

/** Returns by how many days the page offers to extend a key: none for a key that never ends. */
function extensionsOf(key: ConsumerKey, now: number, lifetimes: KeyLifetimes): readonly number[] {
  const { expiresAt } = key.limits;
  if (expiresAt === null) return [];
  const from = isExpired(key, now) ? now : expiresAt;
  const latest = lifetimes.maxDays === null ? Infinity : now + lifetimes.maxDays * DAY_MS;
  const offered = lifetimeChoices(lifetimes)
    .filter((days) => days !== null)
    .filter((days) => days <= EXTEND_DAYS_MAX && from + days * DAY_MS <= latest);
  // With a short maximum, even the shortest lifetime may be too long for a key that still works.
  const most = Math.floor((latest - from) / DAY_MS);
  return offered.length === 0 && most > 0 ? [most] : offered;
}
