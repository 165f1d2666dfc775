import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canRun, namedBlocks } from '../support/recipes/recipe';

// The must-use plugin of docs/leave-wordpress.md, run by PHP. The functions of WordPress that it calls
// are stand-ins, which keep what it registers.

const HOOKS = `<?php
$hooks = array();
function add_filter( $name, $callback, $priority ) { global $hooks; $hooks[ $name ] = array( $callback, $priority ); }
function add_action( $name, $callback, $priority ) { add_filter( $name, $callback, $priority ); }
`;
const RUN = `
$is_api = $hooks['woocommerce_rest_is_request_to_rest_api'][0]( $argv[1] === 'rest' );
$wp = (object) array( 'query_vars' => array( 'wc-auth-version' => '1', 'wc-auth-route' => 'login' ) );
$hooks['parse_request'][0]( $wp );
echo json_encode( array(
  'is_api' => $is_api,
  'query_vars' => $wp->query_vars,
  'get' => $_GET,
  'post' => $_POST,
  // WooCommerce reads the connect page at 0, and other plugins allow their addresses at 10.
  'connect_page_first' => $hooks['parse_request'][1] < 0,
  'keys_last' => $hooks['woocommerce_rest_is_request_to_rest_api'][1] > 10,
) );
`;

(canRun('php') ? describe : describe.skip)('the must-use plugin of docs/leave-wordpress.md', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'wc-auth-plugin-'));
    writeFileSync(
      join(folder, 'wc-auth-server.php'),
      namedBlocks('leave-wordpress.md').get('wc-auth-server.php') ?? '',
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function seen({ secret, header, isRest = true }: { secret?: string; header?: string; isRest?: boolean }) {
    const server = header === undefined ? '' : `$_SERVER['HTTP_X_WC_AUTH_BRIDGE'] = '${header}';`;
    const defined = secret === undefined ? '' : `define( 'WC_AUTH_BRIDGE', '${secret}' );`;
    const requested = `$_GET = array( 'wc-auth-version' => '1', 'x' => '2' );
$_POST = array( 'rest_route' => '/wc/v3/orders', 'x' => '3' );`;
    const program = join(folder, 'run.php');
    writeFileSync(
      program,
      `${HOOKS}${server}${defined}${requested} require __DIR__ . '/wc-auth-server.php';${RUN}`,
    );
    const output = execFileSync('php', [program, isRest ? 'rest' : 'page'], { encoding: 'utf8' });
    return JSON.parse(output) as Record<string, unknown>;
  }

  test.each([
    ['there is no bridge', { header: 'anything' }],
    ['a request does not come through the bridge', { secret: 'bridge-secret' }],
    ['a request has another secret', { secret: 'bridge-secret', header: 'guessed' }],
    ['the header is empty', { secret: 'bridge-secret', header: '' }],
    [
      'the address is not one of the REST API',
      { secret: 'bridge-secret', header: 'bridge-secret', isRest: false },
    ],
  ])('no key counts if %s', (_, request) => {
    expect(seen(request)).toMatchObject({ is_api: false, keys_last: true });
  });

  test('keys count in a request that comes through the bridge', () => {
    expect(seen({ secret: 'bridge-secret', header: 'bridge-secret' })).toMatchObject({ is_api: true });
  });

  test('WooCommerce sees no request for its connect page, and WordPress no route in a form', () => {
    expect(seen({})).toMatchObject({
      query_vars: { 'wc-auth-route': 'login' },
      get: { x: '2' },
      post: { x: '3' },
      connect_page_first: true,
    });
  });
});
