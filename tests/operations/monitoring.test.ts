import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { httpBrowser } from '../support/http/http-browser';
import { startHttpsReceiver, type HttpsReceiver } from '../support/http/https-receiver';
import { ALERTS_FILE, startPrometheus, type Prometheus } from '../support/programs/prometheus';
import { canRun } from '../support/recipes/recipe';
import { approve, ask, deny, grant, openConsent } from '../support/scenes/grant-scene';
import { basicHeader, eventually } from '../support/scenes/rest-scene';
import { processStore, type ProcessStore } from '../support/store/process-store';
import { metricsAddress } from '../support/store/server-process';
import { ALERT_CASES } from './alert-cases';

// What deploy/ has for Prometheus and Grafana, against a server that runs in its own process.
jest.setTimeout(60_000);

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}
interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}
interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: unknown }[] };
}

const root = resolve(__dirname, '../..');
const alertsText = readFileSync(ALERTS_FILE, 'utf8');
const rules = (parse(alertsText) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
const dashboardText = readFileSync(join(root, 'deploy/grafana/wc-auth-server.json'), 'utf8');
const dashboard = JSON.parse(dashboardText) as Dashboard;
const panels = dashboard.panels.filter(({ type }) => type !== 'row');

test('each alert has a summary, a description and a section of docs/monitoring.md', () => {
  const page = readFileSync(join(root, 'docs/monitoring.md'), 'utf8');
  for (const { alert, annotations } of rules) {
    expect(Object.keys(annotations)).toEqual(['summary', 'description', 'runbook']);
    expect(annotations['runbook']).toBe(`docs/monitoring.md#${alert.toLowerCase()}`);
    expect(page).toContain(`\n### ${alert}\n`);
  }
});

test('each panel of the dashboard has its own id, a description and a place that no other panel takes', () => {
  const ids = dashboard.panels.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const taken = new Set<string>();
  for (const { title, gridPos } of dashboard.panels)
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        const place = `${x},${y}`;
        expect({ title, place, isFree: x < 24 && !taken.has(place) }).toEqual({ title, place, isFree: true });
        taken.add(place);
      }
  for (const { title, description } of panels)
    expect({ title, described: Boolean(description) }).toEqual({ title, described: true });
});

test('the dashboard defines each variable that it uses', () => {
  const used = [...dashboardText.matchAll(/\$\{?(\w+)/g)].map(([, name = '']) => name);
  const own = new Set(used.filter((name) => !name.startsWith('__')));
  expect([...own].sort()).toEqual(dashboard.templating.list.map(({ name }) => name).sort());
});

(canRun('promtool') ? describe : describe.skip)('the alerts, by promtool', () => {
  test('are valid', () => {
    expect(execFileSync('promtool', ['check', 'rules', ALERTS_FILE], { encoding: 'utf8' })).toContain(
      `${rules.length} rules found`,
    );
  });

  test('each have a case in which they fire and one in which they do not', () => {
    const both = rules.flatMap(({ alert }) => [`${alert} true`, `${alert} false`]);
    const covered = new Set(ALERT_CASES.map(({ alert, fires }) => `${alert} ${String(fires)}`));
    expect([...covered].sort()).toEqual(both.sort());
  });

  test.each(ALERT_CASES)('$alert: firing is $fires if $when', ({ alert, fires, series, at }) => {
    const folder = mkdtempSync(join(tmpdir(), 'wc-auth-alerts-'));
    const file = join(folder, 'test.yml');
    const expected = {
      expr: `count(ALERTS{alertname="${alert}", alertstate="firing"})`,
      eval_time: at,
      exp_samples: fires ? [{ labels: '{}', value: 1 }] : [],
    };
    const input = Object.entries(series).map(([name, values]) => ({ series: name, values }));
    // JSON is YAML too.
    writeFileSync(
      file,
      JSON.stringify({
        rule_files: [ALERTS_FILE],
        evaluation_interval: '1m',
        tests: [{ interval: '1m', input_series: input, promql_expr_test: [expected] }],
      }),
    );
    try {
      expect(
        execFileSync('promtool', ['test', 'rules', file], { encoding: 'utf8', stdio: 'pipe' }),
      ).toContain('SUCCESS');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Returns the parts of an alert's condition without their thresholds. */
const measured = ({ expr }: Rule): string[] =>
  expr.split('\nand ').map((part) => {
    if (!/ (?:==|>) [\d.]+$/.test(part)) throw new Error(`no threshold at the end of ${part}`);
    return part.replace(/ (?:==|>) [\d.]+$/, '');
  });

/** Returns an expression of the dashboard as Grafana sends it with every job and instance. */
const filled = (expression: string): string =>
  expression
    .replaceAll('$__rate_interval', '30s')
    .replaceAll('$__range', '1h')
    .replaceAll(/\$(?:job|instance)\b/g, '.*');

const expressions = [
  ...rules.flatMap((rule) => measured(rule).map((expr) => ({ of: rule.alert, expr, legend: '' }))),
  ...panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr, legendFormat }) => ({ of: title, expr: filled(expr), legend: legendFormat })),
  ),
];

/** Returns a selector for each series that an expression names, and each of its labels alone. */
function selectorsIn(expression: string): string[] {
  const labels = [...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, names = '']) => names.split(', '));
  return [...expression.matchAll(/(\w+)\{([^}]*)\}/g)].flatMap(([, name = '', matchers = '']) => [
    ...labels.map((label) => `${name}{${label}!=""}`),
    ...[...matchers.matchAll(/(\w+)(?:=~|!=|=)"([^"]*)"/g)].flatMap(([, label = '', values = '']) =>
      values.split('|').map((value) => `${name}{${label}=~"${value}", ${label}!=""}`),
    ),
  ]);
}

(canRun('prometheus') ? describe : describe.skip)('a Prometheus that scrapes a server', () => {
  let store: ProcessStore;
  let app: HttpsReceiver;
  let prometheus: Prometheus;
  beforeAll(async () => {
    store = await processStore({ METRICS_PORT: '0', SIGN_IN_FAILURES: '1' });
    app = await startHttpsReceiver();
    const server = await store.serve();
    prometheus = await startPrometheus(new URL(metricsAddress(server)).host);
    // A rate needs a sample from before the traffic.
    await shows('wc_auth_ready == 1');

    const key = await store.issue();
    const [name, value] = basicHeader(key);
    const wrong = basicHeader({ ...key, consumerSecret: `cs_${'0'.repeat(40)}` })[1];
    const tls = { 'X-Forwarded-Proto': 'https' };
    const browser = httpBrowser(server.url);
    for (const credential of [value, value, wrong])
      await browser.get('/wc-auth/v1/verify', { ...tls, [name]: credential });
    await browser.get('/wc-auth/v1/verify', tls);

    const manager = await store.signIn(server);
    const parameters = ask({ callback_url: app.url() });
    await approve(manager, await openConsent(manager, parameters));
    await deny(manager, await openConsent(manager, parameters));
    app.program({ status: 500 });
    await grant(manager, parameters);
    await browser.send('POST', '/wc-auth/v1/revoke', { headers: { ...tls, [name]: value } });

    const { fields } = (await browser.get('/login')).form('wc_auth_csrf');
    for (let time = 0; time < 2; time++)
      await browser.post('/login', { ...fields, username: 'somebody', password: 'not this one' });
    await shows('sum(wc_auth_sign_ins_total{outcome="throttled"}) == 1');
  }, 60_000);
  afterAll(async () => {
    await prometheus.stop();
    await store.clear();
    await app.stop();
  });

  /** Waits until an expression has a sample, and returns its samples. */
  const shows = (expression: string) =>
    eventually(async () => {
      const samples = await prometheus.query(expression);
      return samples.length > 0 ? samples : undefined;
    }, 20_000).catch((cause: unknown) => {
      throw new Error(`no series: ${expression}`, { cause });
    });

  test.each([
    ['wc_auth_verifications_total{outcome="accepted"}', 2],
    ['wc_auth_verifications_total{outcome="refused", credential="plain"}', 1],
    ['wc_auth_verifications_total{outcome="refused", credential="none"}', 1],
    ['wc_auth_grants_total{outcome="approved"}', 1],
    ['wc_auth_grants_total{outcome="denied"}', 1],
    ['wc_auth_grants_total{outcome="delivery_failed"}', 1],
    ['wc_auth_callback_failures_total{kind="status"}', 1],
    ['wc_auth_callback_seconds_count', 2],
    ['wc_auth_revocations_total', 1],
    ['wc_auth_sign_ins_total{outcome="signed_in"}', 1],
    ['wc_auth_sign_ins_total{outcome="wrong"}', 1],
    ['wc_auth_sign_ins_total{outcome="throttled"}', 1],
  ])('counts %s', async (selector, count) => {
    const [sample] = await prometheus.query(`sum(${selector})`);
    expect(Number(sample?.value[1])).toBe(count);
  });

  test('loads every alert and evaluates it without an error', async () => {
    const expected = Object.fromEntries(rules.map(({ alert }) => [alert, 'ok']));
    await eventually(async () => {
      const health = await prometheus.alertHealth();
      return Object.values(health).includes('unknown') ? undefined : health;
    }).then((health) => {
      expect(health).toEqual(expected);
    });
  });

  test.each(expressions)('has a number for $expr ($of)', async ({ expr, legend }) => {
    const samples = await eventually(async () => {
      const all = await prometheus.query(expr);
      return all.some(({ value }) => Number.isFinite(Number(value[1]))) ? all : undefined;
    }, 20_000);
    for (const [, label = ''] of legend.matchAll(/\{\{(\w+)\}\}/g))
      for (const { metric } of samples) expect(metric[label] ?? '').not.toBe('');
  });

  test.each([...new Set(expressions.flatMap(({ expr }) => selectorsIn(expr)))])(
    'has %s',
    async (selector) => {
      expect((await shows(selector)).length).toBeGreaterThan(0);
    },
  );
});
