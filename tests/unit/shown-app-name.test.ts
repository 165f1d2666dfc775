import { shownAppName } from '../../server/grant/shown-app-name';

describe('the name of an app, as it is shown', () => {
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
    ['a soft hyphen and a grapheme joiner', 'Par\u00adcel\u034f', 'Parcel'],
    ['Hangul fillers', '\u115f\u1160Parcel\u3164 \uffa0', 'Parcel'],
    ['variation selectors and Mongolian separators', 'P\ufe0fa\u{e0100}r\u180ecel\u180b', 'Parcel'],
    ['Khmer vowels without a shape', 'Parcel\u17b4\u17b5', 'Parcel'],
    ['invisible operators and old formatting controls', 'Par\u2061\u2064cel\u206a\u206f', 'Parcel'],
    ['musical and shorthand formatting controls', 'Par\u{1d173}\u{1bca0}cel', 'Parcel'],
    ['interlinear annotations', '\ufff9Parcel\ufffaPost\ufffb', 'ParcelPost'],
    ['Braille blanks, which look like spaces', '\u2800Parcel\u2800', 'Parcel'],
    ['a tag that invisible characters break up', 'A<\u00adb>B<\u200db>C<b\u200d>D', 'ABCD'],
    [
      'joiners at an end, beside a space or a sign',
      '\u200dParcel\u200c \u200dPilot-\u200dX\u200d',
      'Parcel Pilot-X',
    ],
    ['several joiners in a row', 'क\u094d\u200d\u200d\u200cष', 'क\u094d\u200dष'],
    ['a joiner after an invisible character', 'म\u00ad\u200cی', 'म\u200cی'],
    ['Persian', 'می\u200cخواهم', 'می\u200cخواهم'],
    ['Sinhala', 'ශ්\u200dරී ලංකා', 'ශ්\u200dරී ලංකා'],
    ['Malayalam', 'നന്\u200dമ', 'നന്\u200dമ'],
    ['a family', '👩\u200d👩\u200d👧\u200d👦', '👩\u200d👩\u200d👧\u200d👦'],
    ['skin tones and signs', '🤷🏽\u200d♀\ufe0f 🙂\u200d↔\ufe0f', '🤷🏽\u200d♀ 🙂\u200d↔'],
    ['flags and keycaps', '🇩🇪 1\ufe0f\u20e3', '🇩🇪 1\u20e3'],
    ['only invisible characters', '\u3164\u2800\u00ad\u115f\u200d\ufff9', ''],
    ['spaces around and inside', '  A   B\u3000C ', 'A B C'],
    ['nothing visible', '<i></i>\u200b ', ''],
  ];
  test.each(names)('contains nothing that could deceive: %s', (_what, given, shown) => {
    expect(shownAppName(given)).toBe(shown);
  });

  test('is cut when it is long, but never inside a character', () => {
    expect(shownAppName('x'.repeat(60_000))).toBe('x'.repeat(500));
    expect(shownAppName(`x${'😀'.repeat(5_000)}`)).toBe(`x${'😀'.repeat(249)}`);
  });

  test('is computed in linear time for any text (regression: an unclosed <script> took seconds)', () => {
    const began = performance.now();
    for (const piece of ['<', '<script', '<script>', '<a ', '\u202e', ' ', '</', '<!--'])
      shownAppName(piece.repeat(60_000));
    expect(performance.now() - began).toBeLessThan(5000);
  });
});
