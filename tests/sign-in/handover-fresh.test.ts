import { openHandoverScene, type HandoverScene } from '../support/sign-in/handover-scene';
import { beginAt } from '../support/sign-in/oidc-scene';

let scene: HandoverScene;
beforeEach(async () => {
  scene = await openHandoverScene();
});
afterEach(() => scene.close());

describe('a fresh hand-over', () => {
  const FRESH = '/wc-auth/v1/sign-in/handover?again=1&redirect_to=/keys';
  const provedAt = async () => {
    const rows = await scene.store.database.knex('external_sessions').select('proved_at');
    return rows.map(({ proved_at }) => (proved_at === null ? null : Number(proved_at)));
  };

  test('asks the back end for it, and notes when it was', async () => {
    await scene.signIn();
    expect(await provedAt()).toEqual([null]);
    expect(new URL(await beginAt(scene.browser, FRESH)).searchParams.get('prompt')).toBe('login');
    expect((await scene.signIn({}, FRESH)).location).toBe(`${scene.store.tlsUrl}/keys`);
    expect(await provedAt()).toEqual([scene.clock()]);
  });

  test.each([
    ['accepts', 0, 303],
    ['accepts', -5, 303],
    ['rejects', -7, 403],
    ['rejects', -3600, 403],
  ])('%s an auth_time %i seconds from its beginning', async (_verb, seconds, status) => {
    const state = await scene.begin(FRESH);
    const auth_time = Math.ceil(scene.clock() / 1000) + seconds;
    scene.clock.pass(20_000);
    const answer = await scene.post({ token: scene.token(state, { auth_time }) });
    expect(answer.status).toBe(status);
    if (status === 403) await scene.expectRejected(answer, 403, 'not_fresh');
  });

  test('does not look at auth_time without need', async () => {
    expect((await scene.signIn({ auth_time: 1 })).status).toBe(302);
    expect(await provedAt()).toEqual([null]);
  });
});
