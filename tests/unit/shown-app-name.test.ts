import { shownAppName } from '../../server/grant/shown-app-name';

describe('an app’s name is shown without what could deceive', () => {
  const names: readonly [what: string, given: string, shown: string][] = [
    ['plain', 'Parcel Pilot', 'Parcel Pilot'],
    ['tags', '<b>Bold</b> app', 'Bold app'],
    ['a tag that is not closed', 'App <img src=x onerror=alert(1)', 'App'],
    ['a script with its content', 'A<script>alert(1)</script>B', 'AB'],
    ['a style with its content', 'A<style>*{}</style>B', 'AB'],
    ['a tag inside a tag', '<<b>script>alert(1)<</b>/script>', '<script>alert(1)</script>'],
    ['a comment', 'A<!-- x -->B', 'AB'],
    ['a less-than sign', '1 < 2', '1 < 2'],
    ['entities, which are text', '&lt;b&gt; &amp;', '&lt;b&gt; &amp;'],
    ['control characters', 'A\u0000\u0007\u001b[31mB\u0085', 'A [31mB'],
    ['line ends', 'A\r\n\tB', 'A B'],
    ['bidi overrides', '\u202egnp.exe\u202c', 'gnp.exe'],
    ['bidi isolates and marks', '\u2066A\u2069\u200e\u200f\u061cB', 'AB'],
    ['zero width', 'A\u200bB\u2060\ufeff', 'AB'],
    ['tag characters', 'A\u{e0041}\u{e007f}', 'A'],
    ['joiners, which scripts and emoji need', '👩\u200d💻 क\u094d\u200cष', '👩\u200d💻 क\u094d\u200cष'],
    ['right-to-left letters', 'متجر', 'متجر'],
    ['spaces around and inside', '  A   B\u3000C ', 'A B C'],
    ['nothing to show', '<i></i>\u200b ', ''],
  ];
  test.each(names)('%s', (_what, given, shown) => {
    expect(shownAppName(given)).toBe(shown);
  });

  test('a long one is cut, never through a character', () => {
    expect(shownAppName('x'.repeat(60_000))).toBe('x'.repeat(500));
    expect(shownAppName(`x${'😀'.repeat(5_000)}`)).toBe(`x${'😀'.repeat(249)}`);
  });

  test('in no time, whatever it is made of (regression: unclosed <script> took seconds)', () => {
    const began = performance.now();
    for (const piece of ['<', '<script', '<script>', '<a ', '\u202e', ' ', '</', '<!--'])
      shownAppName(piece.repeat(60_000));
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
