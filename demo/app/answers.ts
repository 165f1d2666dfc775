/**
 * How the app answers the store's callback. All but the first two show how a store handles a
 * failing app.
 */
const DECLARED = {
  at_once: { label: 'at once (200)', status: 200 },
  slowly: { label: 'after three seconds (200)', status: 200, afterMs: 3_000 },
  with_an_error: { label: 'with an error (500)', status: 500 },
  with_201: { label: 'with 201 instead of 200', status: 201 },
  with_a_redirect: { label: 'with a redirect (302)', status: 302 },
  never: { label: 'never' },
  with_a_wrong_certificate: { label: 'with a certificate for another host', status: 200 },
} as const;

export type AnswerName = keyof typeof DECLARED;

export interface DemoAnswer {
  readonly label: string;
  /** `undefined`: the app never answers. */
  readonly status?: number;
  readonly afterMs?: number;
}

export const ANSWERS: Readonly<Record<AnswerName, DemoAnswer>> = DECLARED;
export const ANSWER_NAMES = Object.keys(DECLARED) as AnswerName[];

/**
 * Returns whether a store that follows the protocol gives no key to an app that answers like this.
 */
export const isFault = (name: AnswerName): boolean =>
  ANSWERS[name].status !== 200 || name === 'with_a_wrong_certificate';
