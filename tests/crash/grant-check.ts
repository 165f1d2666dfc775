import { approve } from '../support/scenes/grant-scene';
import type { Denial, GrantAttempt, Ledger } from './ledger';
import type { Rows } from './row-check';
import { answered, at, fateOf } from './store-client';

interface RequestRow {
  readonly decision: string | null;
  readonly outcome: string | null;
}

/**
 * Checks one Approve that was pressed before the crash. The answer to the manager must hold. If the
 * server died first, either outcome is allowed, but request, history and key must agree. Returns
 * what is wrong.
 */
export async function checkGrant(
  attempt: GrantAttempt,
  { url, ledger, rows }: { url: string; ledger: Ledger; rows: Rows },
): Promise<string[]> {
  const { callbackUrl, behavior, told, received, replaces } = attempt;
  const request = rows.one<RequestRow>(
    'select decision, outcome from grant_requests where callback_url = ?',
    callbackUrl,
  );
  const wrong: string[] = [];
  const expect = (holds: boolean, what: string) => {
    if (!holds) wrong.push(`${callbackUrl} (${behavior}, told ${told}): ${what}`);
  };
  expect(request !== undefined, 'its request is gone');
  if (request?.outcome !== 'delivered') {
    expect(told !== 'granted', 'the manager was told that it is granted, and it is not');
    if (received) {
      expect((await fateOf(url, received.pair)) === 'dead', 'an undelivered key works');
      expect(rows.entries('grant.delivery_failed', received.keyId) === 1, 'the failure is not written down');
    }
    if (replaces && told !== 'granted' && attempt.overlap === '0') {
      replaces.revoking = false;
      replaces.current.may = ['works'];
    }
  } else {
    expect(told !== 'failed', 'the manager was told that it failed, and it is granted');
    expect(!['rejects', 'never answers'].includes(behavior), 'granted, though the app did not accept');
    expect(received !== undefined, 'granted, though no app has the key');
    if (received) expect(rows.entries('grant.approved', received.keyId) === 1, 'it is not written down');
    if (replaces && attempt.overlap === '0') replaces.current.may = ['dead'];
    // From here on it is a key like any other, whatever its manager saw.
    if (received && told === 'nothing') {
      ledger.newKey(attempt, received);
      ledger.count('grants: delivered, the answer lost');
    }
  }
  if (request?.decision === 'approved' && told === 'nothing') {
    ledger.count('grants: cut off');
    const repeated = await answered(approve(at(url, attempt.manager), attempt.consent));
    const granted = repeated.status === 302 && repeated.location.includes('success=1');
    expect(granted === (request.outcome === 'delivered'), `pressed again it is answered ${repeated.status}`);
  }
  return wrong;
}

export function checkDenial({ appName, told }: Denial, rows: Rows): string[] {
  const request = rows.one<RequestRow>(
    'select decision, outcome from grant_requests where app_name = ?',
    appName,
  );
  return told && request?.decision !== 'denied' ? [`${appName}: the denial is lost`] : [];
}
