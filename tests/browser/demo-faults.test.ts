import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ANSWER_NAMES, ANSWERS, isFault, type AnswerName } from '../../demo/app/answers';
import { openBrowser, type Person, type RealBrowser } from '../support/scenes/browser';
import { startDemo, type Demo } from '../support/scenes/demo';
import { approve, connect, connectAndApprove, signIn } from '../support/scenes/demo-visit';

let demo: Demo;
let browser: RealBrowser;
let person: Person;
beforeAll(async () => {
  [demo, browser] = await Promise.all([startDemo(), openBrowser()]);
});
afterAll(() => Promise.all([browser.close(), demo.stop()]));
beforeEach(async () => {
  person = await browser.person();
});
afterEach(async () => {
  expect(person.complaints).toEqual([]);
  await person.leave();
});

/** What the store's page says, and the code of its details, for each fault of the app. */
const FAULTS: Partial<Record<AnswerName, readonly [says: string, code: string]>> = {
  with_an_error: ['status 500', 'status'],
  with_201: ['status 201', 'status'],
  with_a_redirect: ['a redirect (status 302)', 'redirect'],
  never: ['did not finish its answer within 10 seconds', 'timeout'],
  with_a_wrong_certificate: ['is for another host name', 'tls'],
};

test('this file tries every fault that the page of the app offers', async () => {
  expect(Object.keys(FAULTS)).toEqual(ANSWER_NAMES.filter(isFault));
  await person.page.goto(demo.appUrl);
  const offered = await person.page.locator('#answer option').allTextContents();
  const labels = ANSWER_NAMES.map((name) => ANSWERS[name].label);
  expect(offered).toEqual(labels);
  const guide = readFileSync(join(__dirname, '../../docs/demo.md'), 'utf8');
  expect([...guide.matchAll(/^\| ([a-z].*?) +\|/gm)].map(([, cell]) => cell)).toEqual([
    'the app answers',
    ...labels,
  ]);
});

test.each(Object.entries(FAULTS))(
  'an app that answers %s gets no key, and both sides say why',
  async (name, [says, code]) => {
    const answer = name as AnswerName;
    const { page } = person;
    await connect(page, demo, { answer });
    await signIn(page, demo);
    await approve(page);
    await page.getByRole('heading', { level: 1, name: 'Parcel Pilot could not be connected' }).waitFor();
    const text = await page.locator('main').textContent();
    expect(text).toContain(says);
    expect(await page.locator('details dl').textContent()).toContain(code);
    expect(await demo.wcAuth('keys', 'list')).toEqual([]);
    expect(demo.output()).toContain(`"reason":"${code}"`);

    await page.locator('.wc-auth-cancel').click();
    await page.getByRole('heading', { name: 'No key arrived' }).waitFor();
    expect(await page.locator('main').textContent()).toContain(ANSWERS[answer].label);
  },
);

test('an answer that the page does not offer is rejected with a message, and no request is made', async () => {
  const { page } = person;
  const form = { store_url: demo.storeUrl, scope: 'read', user_id: 'm-1', answer: 'upside_down' };
  const answer = await page.request.post(`${demo.appUrl}/connect`, { form, maxRedirects: 0 });
  expect(answer.status()).toBe(400);
  expect(await answer.text()).toContain('Choose how the app answers.');
});

test('an app that answers slowly gets its key', async () => {
  await connectAndApprove(person.page, demo, { answer: 'slowly' });
});
