import { table } from '../../server/cli/store-command';

test('a list of a large store is one table', () => {
  const rows = Array.from({ length: 200_000 }, (_, index) => [String(index), 'read']);
  const lines = table(['KEY', 'PERMISSIONS'], rows).split('\n');
  expect(lines).toHaveLength(200_001);
  expect([lines[0], lines[1], lines.at(-1)]).toEqual(['KEY     PERMISSIONS', '0       read', '199999  read']);
});
