import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

// Checks that the targets in the pages exist: other pages, headings, and the tests that SECURITY.md
// names.

const ROOT = resolve(__dirname, '../..');
const pages = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...['docs', 'examples', 'bench'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
      .map((name) => join(folder, name)),
  ),
];
const read = (page: string) => readFileSync(join(ROOT, page), 'utf8');
/** Returns the text of a page without code. */
const prose = (page: string) => read(page).replace(/^ *```.*?^ *```$/gms, '');

/** Returns the anchors that GitHub gives to the headings of a page. */
function anchors(page: string): string[] {
  return [...prose(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

test.each(pages)('every link of %s has a target', (page) => {
  const broken = [...prose(page).matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)]
    .map(([, inText, inTag]) => inText ?? inTag ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : relative(ROOT, resolve(ROOT, dirname(page), path));
      if (!existsSync(join(ROOT, file))) return true;
      return anchor !== undefined && !anchors(file).includes(anchor);
    });
  expect(broken).toEqual([]);
});

test('every test and script that SECURITY.md names exists', () => {
  const text = prose('SECURITY.md');
  const named = [...text.matchAll(/`([a-z]+\/(?:[\w-]+\.test\.ts)?)`/g)].map(([, file = '']) => file);
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((file) => !existsSync(join(ROOT, 'tests', file)))).toEqual([]);

  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  for (const page of pages)
    for (const [, script = ''] of prose(page).matchAll(/`npm run ([\w:-]+)`/g))
      expect(`${page}: ${Object.keys(scripts).find((name) => name === script)}`).toBe(`${page}: ${script}`);
});
