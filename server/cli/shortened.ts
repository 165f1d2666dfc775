import { visibleText } from '../http/visible-text';

/** A grapheme is what a reader takes for one character, such as an emoji of several code points. */
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Returns the visible text, cut with an ellipsis if it has more than `most` graphemes. */
export function shortened(text: string, most: number): string {
  const visible = visibleText(text);
  const cut = [...graphemes.segment(visible)][most];
  return cut === undefined ? visible : `${visible.slice(0, cut.index)}…`;
}
