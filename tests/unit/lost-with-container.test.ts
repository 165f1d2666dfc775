import { risksIn } from '../../server/storage/lost-with-container';

// Lines of /proc/self/mountinfo, from containers of Docker 20.10. `npm run test:container` runs the
// server in such containers.
const ROOT = '712 614 0:78 / / ro,relatime - overlay overlay ro,lowerdir=/l/A:/l/B,upperdir=/d,workdir=/w';
const DISK = '21 1 254:0 / / rw,relatime - ext4 /dev/vda rw';
const volume = (name: string, point = '/data') =>
  `735 712 254:0 /var/lib/docker/volumes/${name}/_data ${point} rw,relatime master:1 - ext4 /dev/vda rw`;
const UNNAMED = 'ab'.repeat(32);

test.each([
  ['in a named volume', [ROOT, volume('wc-auth-data')], '/data/store.sqlite', undefined],
  ['on a disk without a container', [DISK], '/var/lib/wc-auth/store.sqlite', undefined],
  ['in a volume without a name', [ROOT, volume(UNNAMED)], '/data/store.sqlite', 'in a volume without a name'],
  ['in the container', [ROOT, volume('wc-auth-data')], '/data2/store.sqlite', 'is lost when'],
  [
    'below an unnamed volume on a named one',
    [ROOT, volume('a'), volume(UNNAMED, '/data/x')],
    '/data/x/y',
    'without a name',
  ],
  ['in a folder mounted over an unnamed volume', [ROOT, volume(UNNAMED), volume('b')], '/data/y', undefined],
  [
    'in a volume whose path has a space',
    [ROOT, volume('b', String.raw`/my\040data`)],
    '/my data/y',
    undefined,
  ],
])('a database %s', (_where, mounts, file, problem) => {
  const risks = risksIn(`${mounts.join('\n')}\n`, file);
  if (problem === undefined) return expect(risks).toEqual([]);
  expect(risks).toHaveLength(1);
  expect(risks[0]?.problem).toContain(problem);
});
