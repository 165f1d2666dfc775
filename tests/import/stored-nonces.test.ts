import { storedNonces } from '../../server/import/wordpress/stored-nonces';

test('lists the nonces that WooCommerce stored', () => {
  const column = 'a:2:{i:1795819755;s:16:"b9bd7dd15e3ea637";i:1795819756;s:3:"a b";}';
  expect(storedNonces(column)).toEqual([
    { timestamp: 1795819755, nonce: 'b9bd7dd15e3ea637' },
    { timestamp: 1795819756, nonce: 'a b' },
  ]);
});

test('skips what is not a nonce', () => {
  expect(storedNonces('a:3:{s:1:"x";s:1:"n";i:-5;s:1:"n";i:1795819755;i:7;}')).toEqual([]);
});

test.each([null, '', 'a:0:{}', 'N;', 's:1:"x";', 'a:1:{i:1795819755;s:15:"b9bd7dd15e3ea637";}', 'damaged'])(
  'lists none for %j',
  (column) => {
    expect(storedNonces(column)).toEqual([]);
  },
);
