import { filled, seedKey, snapshot } from '../support/scenes/console-scene';
import {
  alertIn,
  keyFormScene,
  wrongIn,
  type KeyFormScene,
  type TypedKey,
} from '../support/scenes/key-form-scene';
import { textOf } from '../support/http/html-forms';
import type { Answer } from '../support/http/http-browser';
import { PASSWORD } from '../support/store/test-store';

const DAY = 86_400_000;
let scene: KeyFormScene;
afterEach(() => scene.store.close());

describe('bad input', () => {
  beforeEach(async () => {
    scene = await keyFormScene({ KEY_LIFETIME_MAX_DAYS: '100' });
    await seedKey(scene.store, { limits: { expiresAt: scene.clock() + 60 * DAY } });
  });

  const mistakes: readonly [string, TypedKey, string, string][] = [
    [
      'a date in the past',
      { fields: { ends: 'date', ends_on: '2026-01-31' } },
      'ends_on',
      'Access must end in the future',
    ],
    ['no date', { fields: { ends: 'date' } }, 'ends_on', 'Enter the date'],
    [
      'a date that does not exist',
      { fields: { ends: 'date', ends_on: '2026-02-30' } },
      'ends_on',
      'Enter the date',
    ],
    ['a date in words', { fields: { ends: 'date', ends_on: 'tomorrow' } }, 'ends_on', 'Enter the date'],
    [
      'a date with a time',
      { fields: { ends: 'date', ends_on: '2026-03-01T10:00' } },
      'ends_on',
      'Enter the date',
    ],
    [
      'a year of six digits',
      { fields: { ends: 'date', ends_on: '+275760-09-13' } },
      'ends_on',
      'Enter the date',
    ],
    [
      'a date above the maximum',
      { fields: { ends: 'date', ends_on: '2026-12-31' } },
      'ends_on',
      'at most 100 days',
    ],
    ['a lifetime above the maximum', { fields: { ends: '365' } }, 'ends', 'at most 100 days'],
    ['no end despite a maximum', { fields: { ends: 'never' } }, 'ends', 'at most 100 days'],
    ['an end in words', { fields: { ends: 'soon' } }, 'ends', 'Choose when access ends'],
    ['a negative lifetime', { fields: { ends: '-5' } }, 'ends', 'Choose when access ends'],
    ['a lifetime of 0 days', { fields: { ends: '0' } }, 'ends', 'Choose when access ends'],
    ['an unknown group', { groups: ['orders', 'refunds'] }, 'resources', 'no group called “refunds”'],
    ['a group in capitals', { groups: ['ORDERS'] }, 'resources', 'no group called “ORDERS”'],
    ['no group', { groups: [] }, 'resources', 'Tick at least one group'],
    [
      'a word in place of an address',
      { fields: { addresses: 'office' } },
      'addresses',
      '“office” is neither an IP address',
    ],
    [
      'a prefix that is too long',
      { fields: { addresses: '192.0.2.0/33' } },
      'addresses',
      '“192.0.2.0/33” is neither',
    ],
    [
      'an address of three numbers',
      { fields: { addresses: '192.0.2/24' } },
      'addresses',
      '“192.0.2/24” is neither',
    ],
    [
      'host bits',
      { fields: { addresses: '192.0.2.7/24' } },
      'addresses',
      'For the whole range, write 192.0.2.0/24',
    ],
    [
      'one bad address among good ones',
      { fields: { addresses: '192.0.2.0/24\n::1\nx' } },
      'addresses',
      '“x” is neither',
    ],
    [
      '51 addresses',
      { fields: { addresses: Array.from({ length: 51 }, (_, i) => `192.0.2.${i}`).join() } },
      'addresses',
      'at most 50 ranges',
    ],
  ];

  test.each(mistakes)('changes nothing and loses nothing: %s', async (_what, typed, field, text) => {
    const before = await snapshot(scene.store);
    const fields = { description: 'Typed & kept', password: PASSWORD, ...typed.fields };
    const answer = await scene.change({ ...typed, fields });
    expect([answer.status, await snapshot(scene.store)]).toEqual([400, before]);
    expect(alertIn(answer)).toContain(text);
    expectMarked(answer, field);
    expect(answer.body).toContain('value="Typed &amp; kept"');
    expect(answer.body).not.toContain(PASSWORD);
    for (const [name, value] of Object.entries(typed.fields ?? {})) expectKept(answer, name, value);
  });

  test.each(mistakes)('makes no key: %s', async (_what, typed, field, text) => {
    const answer = await scene.create(typed);
    expect(answer.status).toBe(400);
    expect(alertIn(answer)).toContain(text);
    expectMarked(answer, field);
    expect(answer.body).toContain('value="Robot"');
    expect(await scene.store.app.consumerKeys.list()).toHaveLength(1);
  });

  test.each<[string, readonly [string, string][] | string]>([
    ['a list for the end', [['ends[]', '30']]],
    ['a list for the date', [['ends_on[]', '2026-03-01']]],
    ['a list for the addresses', [['addresses[]', '192.0.2.1']]],
    ['groups in groups', [['resources[a][b]', 'orders']]],
    ['an unknown field', [['expires', 'never']]],
    ['an end that is not UTF-8', 'ends=%ff'],
    ['addresses that are not UTF-8', 'addresses=192.0.2.1%80'],
    ['a group that is not UTF-8', 'resources[]=%c3'],
  ])('is an edited form: %s', async (_what, extra) => {
    const before = await snapshot(scene.store);
    for (const path of ['/keys/1', '/keys/new']) {
      const form = (await scene.browser.get(path)).form(path === '/keys/1' ? 'shown_limits' : 'form_id');
      const pairs = filled(form, { description: 'x', permissions: 'read' });
      const body =
        typeof extra === 'string'
          ? `${pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')}&${extra}`
          : [...pairs, ...extra];
      const answer = await scene.browser.post(path, body);
      expect([path, answer.status, await snapshot(scene.store)]).toEqual([path, 400, before]);
      expect(textOf(answer.body)).toContain('The form could not be read');
    }
  });
});

function expectMarked(answer: Answer, field: string): void {
  if (field === 'resources') {
    expect(answer.body).toContain('class="groups groups-wrong"');
    expect(answer.body).toMatch(/<details class="limit" open>/);
  } else expect(wrongIn(answer)).toEqual([field]);
}

function expectKept({ body }: Answer, name: string, value: string): void {
  if (name === 'addresses') expect(body).toContain(`${value}</textarea>`);
  else if (name === 'ends_on') expect(body).toContain(`name="ends_on" type="date" value="${value}"`);
}
