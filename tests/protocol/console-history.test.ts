import { auditEntries } from '../../server/administration/history-csv';
import { AUDIT_EVENTS, type AuditEvent } from '../../server/audit/audit-events';
import { post, seedKey, submit } from '../support/scenes/console-scene';
import { textOf } from '../support/http/html-forms';
import type { HttpBrowser } from '../support/http/http-browser';
import { MANAGER, startTestStore, type TestStore } from '../support/store/test-store';

let store: TestStore;
let browser: HttpBrowser;
beforeAll(async () => {
  store = await startTestStore();
  await store.addUser('jonas', 'shop_manager');
  browser = await store.signIn();
});
afterAll(() => store.close());

/** Records an entry whose detail may have any shape, as one of another version may have. */
const record = (entry: Omit<AuditEvent, 'detail'> & { readonly detail?: unknown }) =>
  store.app.audit.record(entry as AuditEvent);
const AT = Date.UTC(2026, 0, 31, 9, 5, 7);
const whats = async (query = '', by = browser) =>
  [...(await by.get(`/history${query}`)).body.matchAll(/class="event[^"]*">([^<]*)</g)].map(
    ([, what]) => what,
  );

describe('the history', () => {
  test('says who did what to which key, when and from where, newest first', async () => {
    const { keyId } = await seedKey(store, { description: 'Robot', permissions: 'read_write', app: {} });
    await post(browser, '/keys/revoke', { key_id: String(keyId) });
    const { body } = await browser.get('/history');
    expect(textOf(body)).toContain(
      `Key revoked Robot Read/Write Parcel Pilot parcels.example Key ${keyId} manager 127.0.0.1 now`,
    );
    expect(body).toMatch(/<summary title="\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"><time datetime="[^"]+">/);
    expect(await whats()).toEqual(['Key revoked', 'Signed in']);
  });

  test.each([
    [{ reason: 'status', status: 500 }, 'The app answered with status 500'],
    [{ reason: 'redirect', status: 302 }, 'The app answered with a redirect (status 302)'],
    [{ reason: 'timeout' }, 'The app did not answer in time'],
    [{ reason: 'refused' }, 'The app’s server refused the connection'],
    [{ reason: 'tls', problem: 'expired' }, 'The app’s certificate had expired'],
    [{ reason: 'tls', problem: 'handshake' }, 'The encrypted connection failed'],
    [{ reason: 'dns' }, 'The name of the app’s server was not found'],
    [{ reason: 'address-refused' }, 'Keys may not be sent to this address'],
    [{ reason: 'interrupted' }, 'The store restarted meanwhile'],
    [{ reason: 'other', code: 'EWHAT' }, 'The request failed EWHAT'],
    [{ reason: 'of a later version' }, 'The request failed'],
    [{}, 'The request failed'],
  ])('describes the failed delivery %j in words', async (detail, words) => {
    await record({
      event: 'grant.delivery_failed',
      at: AT,
      login: 'anna',
      appName: 'Kite',
      callbackOrigin: 'https://kite.example',
      detail,
    });
    expect(textOf((await browser.get('/history?event=grant.delivery_failed&app=Kite')).body)).toContain(
      `Delivery failed Kite ${words}`,
    );
  });

  test('has words for every kind of event', async () => {
    for (const event of AUDIT_EVENTS) await record({ event, at: AT, login: 'walker' });
    expect(await whats('?person=walker')).toHaveLength(AUDIT_EVENTS.length);
  });

  test('can be filtered by event, by person, by app and by key', async () => {
    await record({ event: 'grant.approved', at: AT, login: 'filter', appName: 'Filtered', keyId: 4711 });
    await record({ event: 'grant.denied', at: AT, login: 'filter', appName: 'Filtered' });
    await record({ event: 'key.revoked', at: AT, login: 'someone', keyId: 4711 });
    expect(await whats('?person=filter')).toEqual(['App denied', 'App approved']);
    expect(await whats('?app=Filtered&event=grant.denied')).toEqual(['App denied']);
    expect(await whats('?key=4711')).toEqual(['Key revoked', 'App approved']);
    expect(await whats('?person=filter&key=4711&event=grant.approved&app=Filtered')).toEqual([
      'App approved',
    ]);
  });

  test('finds what a person did under any of the logins of an account, in any case of letters', async () => {
    await store.addUser('Renée', 'shop_manager');
    const { userId } = await store.userOf('Renée');
    await record({ event: 'grant.approved', at: AT, userId, login: 'Renée' });
    expect(await whats('?person=ren%C3%A9e')).toEqual(['App approved']);
    await submit(browser, `/users/${userId}/edit`, { login: 'r.lind', name: '' }, 'shown_login');
    await record({ event: 'grant.denied', at: AT, userId, login: 'r.lind' });
    expect(await whats('?person=R.LIND')).toEqual(['App denied', 'App approved']);
    expect(await whats('?person=Ren%C3%A9e')).toEqual(['App approved']);
    expect((await browser.get('/history.csv?person=r.lind')).body.trim().split('\r\n')).toHaveLength(3);
  });

  test('finds the entries of a removed account in any case of letters', async () => {
    await record({ event: 'grant.denied', at: AT, userId: 999, login: 'Gone.Person' });
    expect(await whats('?person=gone.person')).toEqual(['App denied']);
  });

  test('shows stored markup and malformed detail as text', async () => {
    const evil = '<script>alert(1)</script>';
    const detail = { description: evil, by: { a: 1 }, from: 'x', to: null, reason: ['x'] };
    await record({
      event: 'key.changed',
      at: AT,
      login: evil,
      address: evil,
      appName: evil,
      callbackOrigin: evil,
      detail,
    });
    await record({
      event: 'key.changed',
      at: AT,
      login: 'odd',
      detail: { from: { permissions: evil }, to: { permissions: 7 } },
    });
    const { status, body } = await browser.get('/history');
    expect(status).toBe(200);
    expect(body).not.toContain('<script>alert');
  });

  test('lists every entry once, page by page into the past', async () => {
    for (let i = 0; i < 120; i++)
      await record({ event: 'key.created', at: AT + i, login: 'pager', keyId: 100_000 + i });
    const seen: string[] = [];
    let path = '/history?person=pager';
    for (let page = 0; page < 3; page++) {
      const { body } = await browser.get(path);
      seen.push(...[...body.matchAll(/href="\/keys\/(\d+)"/g)].map(([, id = '']) => id));
      path = /rel="next" href="([^"]*)"/.exec(body)?.[1]?.replaceAll('&amp;', '&') ?? '';
    }
    expect(path).toBe('');
    expect(seen).toEqual(Array.from({ length: 120 }, (_, i) => String(100_119 - i)));
  });

  test.each(['?before=1', '?before=0', '?before=abc', '?before=-4'])(
    'answers 404 for the page %s and says so',
    async (query) => {
      const { status, body } = await browser.get(`/history${query}`);
      expect(status).toBe(404);
      expect(textOf(body)).toContain('Page not found');
      expect(body).toContain('href="/history"');
    },
  );

  test.each(['?event=nonsense', '?key=abc', '?key=-1'])('rejects the filter %s', async (query) => {
    for (const path of ['/history', '/history.csv'])
      expect((await browser.get(path + query)).status).toBe(400);
  });

  test('shows a shop manager the events of all keys, but only their own sign-ins and account changes', async () => {
    await record({ event: 'session.sign_in_failed', at: AT, login: MANAGER, userId: 1 });
    const jonas = await store.signIn('jonas');
    for (const path of ['', '?event=session.signed_in', '?event=session.sign_in_failed']) {
      const { body } = await jonas.get(`/history${path}`);
      expect(body).not.toMatch(/Wrong password<\/span> *<bdi/);
      expect(body).not.toMatch(/Signed in<\/span>[\s\S]{0,200}<bdi>manager/);
    }
    expect(await whats('?event=session.signed_in', jonas)).toEqual(['Signed in']);
    const csv = (await jonas.get('/history.csv')).body;
    expect(csv).not.toContain('"session.sign_in_failed"');
    expect(csv).toContain('"key.created"');
  });
});

describe('the CSV export', () => {
  /** Parses CSV as strictly as RFC 4180 describes it. */
  function parseCsv(text: string): string[][] {
    expect(text.startsWith('\ufeff')).toBe(true);
    const rows: string[][] = [];
    let rest = text.slice(1);
    while (rest !== '') {
      const row: string[] = [];
      for (;;) {
        const [whole, quoted, plain] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))/.exec(rest) ?? [''];
        row.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
        rest = rest.slice(whole.length);
        if (!rest.startsWith(',')) break;
        rest = rest.slice(1);
      }
      expect(rest.slice(0, 2)).toBe('\r\n');
      rest = rest.slice(2);
      rows.push(row);
    }
    return rows;
  }

  test('is an attachment with a header line and every entry that matches the filter', async () => {
    const { headers, body, status } = await browser.get('/history.csv?person=pager');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    expect(headers['content-disposition']).toBe('attachment; filename="history.csv"');
    const [names, ...rows] = parseCsv(body);
    expect(names).toEqual([
      'time',
      'event',
      'who',
      'address',
      'key_id',
      'app_name',
      'callback_origin',
      'detail',
    ]);
    expect(rows).toHaveLength(120);
    expect(rows[0]?.slice(0, 5)).toEqual(['2026-01-31T09:05:07.119Z', 'key.created', 'pager', '', '100119']);
  });

  test.each(['=HYPERLINK("https://evil","x")', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '=1+1\r\n"a",b'])(
    'does not let a spreadsheet run the cell %j as a formula, and keeps its row whole',
    async (cell) => {
      await record({ event: 'grant.denied', at: AT, login: 'csv', appName: cell });
      const rows = parseCsv((await browser.get('/history.csv?person=csv')).body);
      expect(rows.every((row) => row.length === 8)).toBe(true);
      expect(rows[1]?.[5]).toBe(`'${cell}`);
    },
  );

  test('contains all of thousands of entries', async () => {
    const rows = Array.from({ length: 2_600 }, (_, i) => ({
      at: AT + i,
      event: 'key.created',
      login: 'bulk',
      detail: '{}',
    }));
    for (let start = 0; start < rows.length; start += 100)
      await store.database.knex('audit_events').insert(rows.slice(start, start + 100));
    expect(parseCsv((await browser.get('/history.csv?person=bulk')).body)).toHaveLength(2_601);
  });

  test('sends an anonymous visitor to the sign-in page', async () => {
    expect((await store.browser().get('/history.csv')).status).toBe(302);
  });
});

test('lets other requests run between the reads of a long export', async () => {
  const entry = { eventId: 7, event: 'key.created' as const, at: 0, detail: {} };
  const list = (limit: number) => Promise.resolve(Array.from({ length: limit }, () => entry));
  let read = 0;
  let turned = 0;
  setImmediate(() => (turned = read));
  for await (const { eventId } of auditEntries({ list } as unknown as TestStore['app']['audit'], {}))
    if ((read += eventId / 7) === 5_000) break;
  expect([turned, read]).toEqual([500, 5_000]);
});
