import { readConfig, VARIABLES } from '../../server/config';
import { fixForSetting } from '../../server/doctor/fix-setting';

describe('the fix for a setting', () => {
  test.each(VARIABLES)('%s says what to do, or is a line that the server accepts', (name) => {
    const fix = fixForSetting(`${name}: is wrong`);
    const [, set, value = ''] = /^([A-Z_]+)=(.+)$/.exec(fix) ?? [];
    if (set === undefined) {
      expect(fix).toMatch(/^(?:Set|Name|Remove) .+/);
      return;
    }
    expect(set).toBe(name);
    const env = { SECRET_KEY: 's'.repeat(40), [name]: value.replaceAll('"', '') };
    expect(readConfig(env).warnings.filter((line) => !line.startsWith('STORE_URL'))).toEqual([]);
  });

  test('of two ports that are the same is a line for each', () => {
    expect(fixForSetting('PORT, HTTPS_PORT: must be two different ports')).toBe('PORT=8080\nHTTPS_PORT=8443');
  });

  test.each([
    ['NODE_ENV: "dev" is unknown. Did you mean development?', 'NODE_ENV=development'],
    ['STORE_NAEM: does not exist. Did you mean STORE_NAME?', 'Rename STORE_NAEM to STORE_NAME.'],
    ['STORE_X: does not exist. Did you mean one of STORE_URL, STORE_NAME?', 'Remove STORE_X, or rename it.'],
    ['SECRET_KEY, SECRET_KEY_FILE: set only one of them', 'Remove one of the two.'],
    ['HANDOVER_SECRET, HANDOVER_PUBLIC_KEY: set only one of them', 'Remove all of them but one.'],
    [
      'OIDC_CLIENT_SECRET or OIDC_CLIENT_SECRET_FILE: must be set, because SIGN_IN has oidc',
      'Set OIDC_CLIENT_SECRET or OIDC_CLIENT_SECRET_FILE as docs/configuration.md describes it.',
    ],
  ])('of "%s" is "%s"', (line, fix) => {
    expect(fixForSetting(line)).toBe(fix);
  });
});
