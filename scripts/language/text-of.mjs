import { createRequire } from 'node:module';
import { basename, extname } from 'node:path';

const require = createRequire(import.meta.url);

/**
 * Stands for one character that is not text. It ends a sentence's match, which white space would
 * not.
 */
export const GAP = '\0';

const blank = (text) => text.replace(/[^\n]/g, ' ');
const gap = (text) => text.replace(/\S/g, GAP);
/** One word of the sentence, so that "leave `token` out" is still read as "leave … out". */
const word = (text) => text.replace(/[^\n]/g, '_');

/** What people read in these files, and the markers in it. */
const COMMENTS = {
  '.css': [/\/\*[^]*?\*\//g, /\/\*|\*\/|^ *\*/gm],
  '.lua': [/(?<=^|\s)--.*/gm, /^--+/g],
  '.sh': [/(?<=^|\s)#.*|"[^"\n]* [^"\n]*"|'[^'\n]* [^'\n]*'/gm, /^#+/g],
};
COMMENTS['.example'] = COMMENTS['.sh'];
COMMENTS['.sql'] = COMMENTS['.lua'];

/**
 * Returns what people read in a file, at its own offsets: everything else is blanked out, so an
 * index into the result is an index into the file. `names` are the identifiers, each with its
 * offset.
 */
export function textOf(file, source) {
  const extension = basename(file) === 'run' ? '.sh' : extname(file);
  if (/^\.(?:ts|js|mjs|cjs)$/.test(extension)) return textOfCode(source);
  if (extension === '.md') return { text: textOfMarkdown(source), names: [] };
  const comments = COMMENTS[extension];
  const text = comments ? replaced(source, matches(source, ...comments), gap) : source;
  return { text, names: [] };
}

/** Comments, templates, and every string of two words or more. */
function textOfCode(source) {
  // A second to load, which pages do not need.
  const ts = require('typescript');
  const strings = [];
  const names = [];
  const quoted = [];
  const visit = (node) => {
    const range = [node.getStart(tree), node.end];
    if (ts.isIdentifier(node)) names.push({ name: node.text, index: range[0] });
    else if (
      ts.isLiteralExpression(node) ||
      ts.isTemplateMiddleOrTemplateTail(node) ||
      ts.isTemplateHead(node)
    ) {
      quoted.push({ range, text: gap(source.slice(...range)) });
      const text = GAP + source.slice(range[0] + 1, range[1] - 1) + GAP;
      if (ts.isRegularExpressionLiteral(node)) return;
      if (!ts.isStringLiteral(node) || /\w\S* \S*\w/.test(text)) strings.push({ range, text });
    }
    ts.forEachChild(node, visit);
  };
  const tree = ts.createSourceFile('file.ts', source, ts.ScriptTarget.Latest);
  visit(tree);
  // Without its strings and regular expressions, a file has no other `//`.
  const code = replaced(source, quoted, (text) => text);
  const comments = matches(code, /\/\/.*|\/\*[^]*?\*\//g, /^\/\/+|^\/\*+|\*+\/$|^[ \t]*\*(?!\/)/gm);
  return { text: replaced(source, [...comments, ...strings], gap), names };
}

/**
 * Prose, in which each quotation in code style is one word. Fenced blocks stay, with their comments
 * and messages.
 */
function textOfMarkdown(source) {
  return source
    .replace(/^ *(?:```|~~~).*$/gm, gap)
    .replace(/(`+)(?!`)(?:(?!\n *\n)[^])*?[^`]\1(?!`)/g, word)
    .replace(/\]\([^)\s]*\)/g, gap);
}

/** Every match of `wanted`, without its comment `markers`. */
const matches = (source, wanted, markers) =>
  [...source.matchAll(wanted)].map(({ 0: match, index }) => ({
    range: [index, index + match.length],
    text: match.replace(markers, blank),
  }));

/** The source with `parts` in their places, and the rest through `others`. Parts do not overlap. */
function replaced(source, parts, others) {
  let text = '';
  for (const { range, text: part } of parts.sort((a, b) => a.range[0] - b.range[0]))
    text += others(source.slice(text.length, range[0])) + part;
  return text + others(source.slice(text.length));
}

/**
 * The sentences of a page: each with its offset and its number of words. Code blocks and headings
 * have none.
 */
export function* sentencesOf(source) {
  const prose = source
    .replace(/^ *(```|~~~)[^]*?^ *\1.*$/gm, blank)
    .replace(/^#+ .*$/gm, blank)
    .replace(/`[^`\n]*(?:\n[^`\n]+)?`/g, (code) => code.replace(/\s/g, '_'))
    .replace(/\]\([^)\s]*\)/g, (link) => '_'.repeat(link.length));
  // A paragraph, a list item and a table's cell each end a sentence.
  for (const part of prose.matchAll(/(?:(?!\n *\n|\n *(?:[-*>]|\d+\.) |\|)[^])+/g))
    for (const sentence of part[0].matchAll(/[^]+?(?:[.!?…][")*_]*(?=\s+[^a-z\s])|$(?![^]))/g))
      yield {
        index: part.index + sentence.index + sentence[0].search(/\S|$/),
        words: (sentence[0].match(/\S*\w\S*/g) ?? []).length,
      };
}
