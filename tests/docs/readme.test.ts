import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

test('README.md has fewer than 150 lines', () => {
  expect(readme.trimEnd().split('\n').length).toBeLessThan(150);
});

describe('the picture of the consent page in README.md', () => {
  const [picture = ''] = /<picture>.*?<\/picture>/s.exec(readme) ?? [];
  const dark = /<source media="\(prefers-color-scheme: dark\)" srcset="([^"]+)"/.exec(picture)?.[1];
  const light = /<img src="([^"]+)"/.exec(picture)?.[1];

  test('has a light and a dark version, and says in words what it shows', () => {
    expect([light, dark]).toEqual(['docs/images/consent-light.png', 'docs/images/consent-dark.png']);
    expect(/ alt="([^"]+)"/.exec(picture)?.[1]).toContain('Parcel Pilot wants to connect');
  });

  test.each([light, dark])('%s is a small PNG that the npm package contains', (path = '') => {
    const file = readFileSync(join(ROOT, path));
    expect(file.subarray(1, 4).toString()).toBe('PNG');
    // The first chunk, IHDR, starts with width and height.
    expect(file.readUInt32BE(16)).toBeLessThanOrEqual(1200);
    expect(file.readUInt32BE(20)).toBeLessThanOrEqual(1200);
    expect(file.length).toBeLessThan(150_000);
    const { files } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { files: string[] };
    expect(files.some((folder) => path.startsWith(`${folder}/`))).toBe(true);
  });
});
