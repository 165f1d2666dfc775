import {
  type Color,
  clampRgb,
  converter,
  displayable,
  formatHex,
  parse,
  toGamut,
  wcagContrast,
} from 'culori/require';

/**
 * The background colors of `views/assets/style.css` per color scheme. A test keeps both in sync.
 */
export const SURFACES = {
  light: ['#ffffff', '#f5f6f8', '#eef0f3'],
  dark: ['#16191f', '#0d0f13', '#20242c'],
} as const;

/** The color of text on those surfaces. */
export const INK = { light: '#1a1d23', dark: '#eceef2' } as const;

/** The accent if STORE_ACCENT is unset. */
export const DEFAULT_ACCENT = '#5b3fd6';

type Scheme = keyof typeof SURFACES;

/** WCAG 2.2: 1.4.3 for text, 1.4.11 for what is not text. */
const TEXT = 4.5;
const GRAPHIC = 3;

const toOklch = converter('oklch');
const toRgbGamut = toGamut('rgb', 'oklch');

const hex = (color: Color): string => formatHex(displayable(color) ? color : clampRgb(toRgbGamut(color)));

/**
 * Parses any absolute CSS color: a name, `#rgb`, `rgb()`, `hsl()`, `oklch()`,
 * `color(display-p3 …)`.
 *
 * @returns `#rrggbb` (out-of-gamut colors are mapped into sRGB, opacity is dropped), or
 * `undefined` if the value is not a color, is fully transparent, or depends on its context
 * (`currentColor`, `var(--x)`).
 */
export function parseAccent(value: string): string | undefined {
  const color = parse(value.trim().toLowerCase());
  if (!color || color.alpha === 0) return undefined;
  const result = hex(color);
  return /^#[0-9a-f]{6}$/.test(result) ? result : undefined;
}

const lowestContrast = (color: string, surfaces: readonly string[]): number =>
  Math.min(...surfaces.map((surface) => wcagContrast(color, surface)));

const shiftLightness = (color: string, by: number): string => {
  const { l, c, h } = toOklch(color) ?? { l: 0, c: 0, h: 0 };
  return hex({ mode: 'oklch', l: Math.min(1, Math.max(0, l + by)), c, ...(h === undefined ? {} : { h }) });
};

/**
 * Returns the nearest shade of the accent with a contrast of `ratio` on all surfaces: darker on
 * light ones, lighter on dark ones.
 */
function readable(accent: string, scheme: Scheme, ratio: number): string {
  const step = scheme === 'light' ? -0.01 : 0.01;
  for (let i = 0; i <= 100; i += 1) {
    const shade = shiftLightness(accent, i * step);
    if (lowestContrast(shade, SURFACES[scheme]) >= ratio) return shade;
  }
  return INK[scheme];
}

/**
 * Returns the color of the primary button. A near-white or near-black accent would be invisible,
 * so the text color replaces it.
 */
function fillOf(accent: string, scheme: Scheme): string {
  const isGray = (toOklch(accent)?.c ?? 0) < 0.04;
  return isGray && wcagContrast(accent, SURFACES[scheme][0]) < 1.6 ? INK[scheme] : accent;
}

function hoverOf(fill: string, onFill: string): string {
  // Darker if the text stays readable, otherwise lighter. The last step is for pure black, where a
  // small step rounds to the same color.
  const shades = [-0.05, 0.05, 0.2].map((by) => shiftLightness(fill, by));
  return shades.find((shade) => shade !== fill && wcagContrast(shade, onFill) >= TEXT) ?? fill;
}

/** The colors of one scheme, each `#rrggbb`. */
export interface AccentColors {
  /** The primary button and the monogram. */
  readonly fill: string;
  readonly fillHover: string;
  /** Text on `fill` and `fillHover`, at least 4.5:1. */
  readonly onFill: string;
  /** Links: at least 4.5:1 on every surface. */
  readonly text: string;
  /** Focus ring and the primary button's edge: at least 3:1 on every surface. */
  readonly line: string;
}

/**
 * Returns the colors of a scheme for an accent (`#rrggbb`, from {@link parseAccent}), with enough
 * contrast for any accent.
 */
export function accentColors(accent: string, scheme: Scheme): AccentColors {
  const fill = fillOf(accent, scheme);
  const onFill = wcagContrast(fill, '#ffffff') >= TEXT ? '#ffffff' : '#000000';
  return {
    fill,
    fillHover: hoverOf(fill, onFill),
    onFill,
    text: readable(fill, scheme, TEXT),
    line: readable(fill, scheme, GRAPHIC),
  };
}

/**
 * Returns the stylesheet `theme.css`. It sets the custom properties `--accent…` that `style.css`
 * uses, for light and dark.
 *
 * @param accent `#rrggbb`, as {@link parseAccent} returns it.
 */
export function themeStylesheet(accent: string): string {
  const root = (scheme: Scheme): string => {
    const colors = accentColors(accent, scheme);
    return `:root{--accent:${colors.fill};--accent-hover:${colors.fillHover};--on-accent:${colors.onFill};--accent-text:${colors.text};--accent-line:${colors.line}}`;
  };
  return `${root('light')}\n@media (prefers-color-scheme:dark){${root('dark')}}\n`;
}
