import { isDeepStrictEqual } from 'node:util';
import { differingCases, expectedCases, observedCases } from '../support/emulator/conformance-cases';
import { DIFFERENCES } from '../support/emulator/differences';
import {
  ABOUT_THE_CALLBACK,
  ALSO_WARNED,
  answersIn,
  NOT_AS_WOOCOMMERCE,
  playCorpus,
  PLAYED_GROUPS,
  UNPLAYED,
  type Played,
  type PlayedCorpus,
} from '../support/emulator/played-cases';

// The conformance cases, played against stores of the test kit: whether the kit warns where
// WooCommerce behaves differently, and only there.

describe('the conformance cases, played against the test kit', () => {
  let played: PlayedCorpus;
  let differing: ReadonlySet<string>;
  beforeAll(() => {
    played = playCorpus();
    differing = new Set(differingCases());
  }, 300_000);

  const warned = (cases: PlayedCorpus['lenient']) =>
    Object.entries(cases).flatMap(([id, one]) => ('warnings' in one ? [{ id, warnings: one.warnings }] : []));
  const withoutCallback = (warnings: readonly string[], kept: readonly string[] = []) =>
    warnings.filter((code) => kept.includes(code) || !ABOUT_THE_CALLBACK.includes(code));

  test('every case is played, or has a reason why it cannot be', () => {
    const ids = [
      ...differing,
      ...expectedCases().filter((id) => PLAYED_GROUPS.test(id) && !differing.has(id)),
    ];
    expect(Object.keys(played.lenient).sort()).toEqual(ids.sort());
    const isUnplayed = (id: string) => UNPLAYED.some(({ cases }) => cases.test(id));
    for (const cases of [played.lenient, played.strict])
      expect(Object.entries(cases).filter(([id, one]) => 'failed' in one !== isUnplayed(id))).toEqual([]);
    expect(UNPLAYED.filter(({ cases }) => !ids.some((id) => cases.test(id)))).toEqual([]);
  });

  test('each deliberate difference raises its warning, or none', () => {
    const wrong = warned(played.lenient).flatMap(({ id, warnings }) => {
      if (!differing.has(id)) return [];
      const declared: readonly string[] = DIFFERENCES.find(({ cases }) => cases.test(id))?.warnings ?? [];
      const raised = withoutCallback(warnings, declared);
      const fits =
        declared.length === 0 ? raised.length === 0 : raised.some((code) => declared.includes(code));
      return fits ? [] : [{ id, raised, declared }];
    });
    expect(wrong).toEqual([]);
  });

  test('a case without a difference raises no warning', () => {
    const raised = warned(played.lenient).flatMap(({ id, warnings }) =>
      differing.has(id) ? [] : withoutCallback(warnings).map((warning) => ({ id, warning })),
    );
    const isExpected = (one: (typeof raised)[number], entry: (typeof ALSO_WARNED)[number]) =>
      entry.warning === one.warning && entry.cases.test(one.id);
    expect(raised.filter((one) => !ALSO_WARNED.some((entry) => isExpected(one, entry)))).toEqual([]);
    expect(ALSO_WARNED.filter((entry) => !raised.some((one) => isExpected(one, entry)))).toEqual([]);
  });

  test('strict mode answers as WooCommerce, with the exceptions that are listed', () => {
    const observed = observedCases();
    const compared = Object.entries(played.strict).flatMap(([id, one]) =>
      id in observed && 'seen' in one ? [{ id, one }] : [],
    );
    expect(compared.length).toBeGreaterThan(250);
    const others = compared.filter(({ id, one }) => !isAsObserved(one, observed[id]));
    const listed = NOT_AS_WOOCOMMERCE.filter(({ cases }) => others.some(({ id }) => cases.test(id)));
    expect(others.filter(({ id }) => !NOT_AS_WOOCOMMERCE.some(({ cases }) => cases.test(id)))).toEqual([]);
    expect(listed).toEqual(NOT_AS_WOOCOMMERCE);
    // An exception about one answer of a case does not hide the others.
    for (const { id, one } of others) {
      const member = NOT_AS_WOOCOMMERCE.find(({ cases }) => cases.test(id))?.member;
      if (member === undefined || !('seen' in one) || 'status' in (one.seen as object)) continue;
      const without = (seen: unknown) => ({ ...(answersIn(seen) as object), [member]: undefined });
      expect({ id, seen: without(one.seen) }).toEqual({ id, seen: without(observed[id]) });
    }
  });
});

const isAsObserved = (one: Played, observed: unknown): boolean =>
  'seen' in one && isDeepStrictEqual(answersIn(one.seen), answersIn(observed));
