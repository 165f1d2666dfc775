const Sequencer = require('@jest/test-sequencer').default;

/**
 * Test files that wait longest for timers of real processes. Jest starts the longest files first, and
 * knows which from its last run. On a new machine it starts the largest, and one of these could be
 * left alone at the end.
 */
const WAITING = ['security/hostile-clients', 'protocol/revoke-docs'];

/** Starts the test files that wait, then all others in Jest's own order. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const waits = ({ path }) => WAITING.some((name) => path.endsWith(`/tests/${name}.test.ts`));
    const sorted = super.sort(tests);
    return [...sorted.filter(waits), ...sorted.filter((test) => !waits(test))];
  }
};
