import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wcagContrast } from 'culori/require';
import { viewsDirectory } from '../../server/pages/messages';
import {
  accentColors,
  DEFAULT_ACCENT,
  INK,
  parseAccent,
  SURFACES,
  themeStylesheet,
} from '../../server/pages/theme';

const grid = ['00', '33', '66', '99', 'cc', 'ff'];
const accents = [
  ...grid.flatMap((r) => grid.flatMap((g) => grid.map((b) => `#${r}${g}${b}`))),
  ...Array.from({ length: 64 }, (_, i) => `#${(i * 4).toString(16).padStart(2, '0').repeat(3)}`),
  'white',
  'black',
  'yellow',
  'grey',
  'rebeccapurple',
  '#fd0',
  '#7f54b3',
  'hsl(50 100% 50%)',
  'oklch(0.7 0.4 150)',
  'oklch(0.6 none 30)',
  'color(display-p3 0 1 0)',
  'lab(50% 100 -100)',
];

describe('the accent of the theme', () => {
  test.each([
    ['#F00', '#ff0000'],
    [' red ', '#ff0000'],
    ['RebeccaPurple', '#663399'],
    ['rgb(0 128 255)', '#0080ff'],
    ['rgba(255, 0, 0, 0.5)', '#ff0000'],
    ['hsl(120 100% 25%)', '#008000'],
    ['#11223344', '#112233'],
  ])('is parsed from %s to the color %s', (value, expected) => {
    expect(parseAccent(value)).toBe(expected);
  });

  test.each([
    '',
    ' ',
    'transparent',
    'currentColor',
    'inherit',
    'var(--x)',
    '#12',
    '#ggg',
    'no color',
    'red;}body{display:none',
    'url(https://x.example)',
    'red/**/',
    'rgb(1,2',
    '0',
  ])('is rejected if it is not a color: %j', (value) => {
    expect(parseAccent(value)).toBeUndefined();
  });

  describe.each(['light', 'dark'] as const)('in the %s scheme', (scheme) => {
    const colors = accents.map((accent) => ({ accent, ...accentColors(parseAccent(accent)!, scheme) }));
    const failing = (broken: (color: (typeof colors)[number]) => boolean) =>
      colors.filter(broken).map(({ accent }) => accent);
    const onEverySurface = (color: string, ratio: number) =>
      SURFACES[scheme].every((surface) => wcagContrast(color, surface) >= ratio);

    test('keeps a contrast of 4.5:1 for text on it, also under the pointer, for any color', () => {
      expect(failing((c) => wcagContrast(c.fill, c.onFill) < 4.5)).toEqual([]);
      expect(failing((c) => wcagContrast(c.fillHover, c.onFill) < 4.5)).toEqual([]);
    });

    test('keeps a contrast of 4.5:1 for links on every surface, for any color', () => {
      expect(failing((c) => !onEverySurface(c.text, 4.5))).toEqual([]);
    });

    test('keeps a contrast of 3:1 for the focus ring and the edges of buttons on every surface, for any color', () => {
      expect(failing((c) => !onEverySurface(c.line, 3))).toEqual([]);
    });

    test('changes the color of a button under the pointer', () => {
      expect(failing((c) => c.fill === c.fillHover)).toEqual([]);
    });
  });

  test('is the color of the favicon by default', () => {
    const icon = readFileSync(join(viewsDirectory(), 'assets/favicon.svg'), 'utf8');
    expect(icon).toContain(`fill="${DEFAULT_ACCENT}"`);
  });

  test('keeps a color that is already readable', () => {
    expect(accentColors(DEFAULT_ACCENT, 'light')).toMatchObject({
      fill: DEFAULT_ACCENT,
      text: DEFAULT_ACCENT,
      line: DEFAULT_ACCENT,
    });
    expect(accentColors('#ffdd00', 'light').fill).toBe('#ffdd00');
    expect(accentColors('#ffdd00', 'dark').text).toBe('#ffdd00');
  });

  test('makes a dark button on white for a white brand, and a light one on black for a black brand', () => {
    expect(accentColors('#ffffff', 'light').fill).toBe(INK.light);
    expect(accentColors('#000000', 'dark').fill).toBe(INK.dark);
    expect(accentColors('#000000', 'light').fill).toBe('#000000');
  });

  test('sets the same properties for light and for dark in the stylesheet, and no others', () => {
    const css = themeStylesheet(parseAccent('hotpink')!);
    const block =
      /:root\{--accent:#\w{6};--accent-hover:#\w{6};--on-accent:#\w{6};--accent-text:#\w{6};--accent-line:#\w{6}\}/
        .source;
    expect(css).toMatch(new RegExp(`^${block}\\n@media \\(prefers-color-scheme:dark\\)\\{${block}\\}\\n$`));
  });

  test('uses the surfaces and the ink of style.css', () => {
    const css = readFileSync(join(viewsDirectory(), 'assets/style.css'), 'utf8');
    const [light, dark] = css.split('@media (prefers-color-scheme: dark)') as [string, string];
    for (const [scheme, part] of [
      ['light', light],
      ['dark', dark],
    ] as const) {
      const value = (name: string) => new RegExp(`--${name}: (#\\w{6});`).exec(part)?.[1];
      expect(['card', 'page', 'raised'].map(value)).toEqual([...SURFACES[scheme]]);
      expect(value('ink')).toBe(INK[scheme]);
    }
  });
});
