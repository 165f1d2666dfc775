import { inShell } from '../storage/in-shell';
import type { MakeProblem, Problem } from './problem';
import { reasonInWords, type RestingReason } from './reason-in-words';

export interface RestingKey {
  /** The owner's login. */
  readonly login: string;
  readonly reason: RestingReason;
  /** Its id here, if an earlier import brought it. If not, an option can bring it over. */
  readonly keyIdHere: number | undefined;
}

/** Returns what a person should know about a key without access, or one that is not imported for that. */
export function restingKeyProblem({ login, reason, keyIdHere }: RestingKey, problem: MakeProblem): Problem {
  if (reason.kind === 'custom-role') return customRole(reason, login, problem);
  const isHere = keyIdHere !== undefined;
  const orImport = isHere ? '.' : ', or add --include-resting to import the key without access.';
  return problem(
    'owner may not manage',
    `Its owner ${login} may not manage the store: ${reasonInWords(reason)}.${isHere ? ' The key has no access.' : ''}`,
    fixOf(reason, login, keyIdHere) + orImport,
  );
}

const customRole = (
  { name, isJudged }: Extract<RestingReason, { kind: 'custom-role' }>,
  login: string,
  problem: MakeProblem,
): Problem =>
  isJudged
    ? problem(
        'custom role',
        `Its owner ${login} may manage the store only by a role that this server does not know: the role is ${name}. The key has no access.`,
        `Add --map-role ${inShell(name)}=shop_manager, or run: npx wc-auth users set-role ${inShell(login)} shop_manager`,
      )
    : problem(
        'custom role',
        `Its owner ${login} has the role ${name}, and the source does not say whether that role may manage the store. The key has no access.`,
        `If the role may manage the store, add --map-role ${inShell(name)}=shop_manager. A source with the options table says whether it may.`,
      );

function fixOf({ kind }: RestingReason, login: string, keyIdHere: number | undefined): string {
  switch (kind) {
    case 'unreadable':
      return 'The text of the dump was changed. Export again';
    case 'taken-away':
      return 'Give the user the capability back in WordPress';
    case 'disabled':
      return keyIdHere === undefined
        ? `Run npx wc-auth users enable ${inShell(login)}`
        : `Run npx wc-auth users enable ${inShell(login)}, or give the key to another account: npx wc-auth keys edit ${keyIdHere} --owner LOGIN`;
    default:
      return 'Give the user the role Shop manager in WordPress';
  }
}
