import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { grantWarnings, WARNINGS } from '../../emulator/woocommerce/warnings';
import type { WarningCode } from '../../emulator/woocommerce/warning-list';
import { permissionDenied } from '../../emulator/woocommerce/anonymous';
import {
  caseInputs,
  differingCases,
  observedCases,
  type Inputs,
} from '../support/emulator/conformance-cases';
import { DIFFERENCES, outcomeOf } from '../support/emulator/differences';

// Every conformance case in which this server deliberately differs from a real WooCommerce raises a
// warning of the test kit, or has a reason why no app can notice it.

const PLAIN = {
  app_name: 'Corpus App',
  user_id: '42',
  return_url: 'https://app.example/return',
  callback_url: 'https://app.example/cb',
  scope: 'read_write',
};

/** Returns the parameters of a case about parameters. */
function parametersOf(id: string, inputs: Inputs): Partial<typeof PLAIN> | undefined {
  const [, group, name = '', value = ''] = /^(validation|grant)\/(\w+)\/(.*)$/.exec(id) ?? [];
  if (group === 'grant' && name === 'deny') return inputs.denies[value];
  if (name === 'scope') return { scope: JSON.parse(value.slice('value-'.length)) as string };
  if (!(name in PLAIN)) return undefined;
  const values = name.endsWith('_url') ? inputs.urls : group === 'grant' ? inputs.values : inputs.texts;
  return { [name]: value === 'blank' ? ' ' : values[value] };
}

/** Returns the answer of the first entry that fits. */
const declared = (id: string) => DIFFERENCES.find(({ cases }) => cases.test(id));

describe('the conformance cases', () => {
  test('each deliberate difference has one warning or one reason', () => {
    const cases = differingCases();
    expect(cases.length).toBeGreaterThan(200);
    expect(cases.filter((id) => declared(id) === undefined)).toEqual([]);
    expect(DIFFERENCES.filter((entry) => !cases.some((id) => declared(id) === entry))).toEqual([]);
  });

  test('docs/testing-differences.md lists every outcome with its number of cases and an example', () => {
    const cases = new Map<string, string[]>();
    for (const id of differingCases()) {
      const entry = declared(id);
      if (entry) cases.set(outcomeOf(entry), [...(cases.get(outcomeOf(entry)) ?? []), id]);
    }
    const page = readFileSync(join(__dirname, '../../docs/testing-differences.md'), 'utf8');
    const rows = [...page.matchAll(/^\| (.+?) +\| (\d+) +\| `(.+?)` +\|$/gm)].map(([, ...cells]) => cells);
    expect(rows).toEqual([...cases].map(([outcome, ids]) => [outcome, String(ids.length), ids[0]]));
  });

  test('each case about parameters raises the warning that is declared, or none', () => {
    const inputs = caseInputs();
    const wrong = differingCases().flatMap((id) => {
      const over = parametersOf(id, inputs);
      const entry = declared(id);
      if (!over || !entry) return [];
      const query = new URLSearchParams({ ...PLAIN, ...over }).toString();
      const raised = grantWarnings(query).map(({ code }) => code);
      const expected: readonly string[] = entry.warnings;
      const fits =
        expected.length === 0 ? raised.length === 0 : raised.some((code) => expected.includes(code));
      return fits ? [] : [{ id, raised, expected }];
    });
    expect(wrong).toEqual([]);
  });

  test('an unknown key gets what WooCommerce answered, unless the store would have to look', () => {
    const ROUTES: Readonly<Record<string, string>> = {
      products: '/wp-json/wc/v3/products',
      'system-status': '/wp-json/wc/v3/system_status',
      orders: '/wp-json/wc/v3/orders',
      coupons: '/wp-json/wc/v3/coupons',
      webhooks: '/wp-json/wc/v3/webhooks',
      data: '/wp-json/wc/v3/data',
      'v1-products': '/wp-json/wc/v1/products',
    };
    const observed = observedCases();
    for (const [name, path] of Object.entries(ROUTES)) {
      const { status, error } = observed[`rest/endpoint/${name}/https/bad-key`] ?? {};
      expect(permissionDenied('GET', path)).toEqual({ status, code: error?.code, message: error?.message });
    }
  });
});

test('each warning that a difference names exists', () => {
  const named: readonly WarningCode[] = DIFFERENCES.flatMap(({ warnings }) => warnings);
  expect(named.filter((code) => !(code in WARNINGS))).toEqual([]);
});
