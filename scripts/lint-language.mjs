// Rejects words that this project does not write: `node scripts/lint-language.mjs [--summary]
// [PATH…]`.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { LONGEST_SENTENCE, NAME_RULES, WIRE_TEXTS, WORD_RULES } from './language/rules.mjs';
import { sentencesOf, textOf } from './language/text-of.mjs';

const SKIPPED_FOLDERS = new Set(['node_modules', 'dist', 'coverage', 'data', 'screenshots', '.git']);
/**
 * The lists of words themselves, what is not written here, recordings, dumps of a store, and the
 * message files of languages other than English.
 */
const SKIPPED_FILES =
  /^(?:scripts\/language\/|tests\/unit\/lint-language\.test\.ts$|views\/messages\/(?!en\.json$))|(?:^|\/)(?:package-lock\.json|LICENSE)$|^tests\/import\/dumps\/|^conformance\/(?:expected|observed|vectors)\/.*\.json$/;
const READ = /\.(?:md|ts|js|mjs|cjs|ejs|sql|lua|css|sh|json|ya?ml|example)$|^\.ci\/run$/;

const { values, positionals } = parseArgs({
  options: { summary: { type: 'boolean', default: false } },
  allowPositionals: true,
});

function* filesUnder(path) {
  if (!statSync(path).isDirectory()) yield path;
  else
    for (const name of readdirSync(path).sort())
      if (!SKIPPED_FOLDERS.has(name)) yield* filesUnder(join(path, name));
}

function lineOf(source, index) {
  return source.slice(0, index).split('\n').length;
}

/** The sentence around a match, up to a full stop, a gap or an empty line. */
function sentenceAround(text, { index, 0: { length } }) {
  const before = text.slice(0, index).search(/(?:(?![.!?]\s|\n\s*\n|\0)[^])*$/);
  const after = text.slice(index + length).search(/[.!?](?:\s|$)|\n\s*\n|\0|$(?![^])/);
  return text.slice(before, index + length + after);
}

function* wordsIn(file, text) {
  const checked = WIRE_TEXTS.reduce((rest, wire) => rest.replaceAll(wire, '\0'.repeat(wire.length)), text);
  for (const { write, pattern, files = /./, if: only, unless } of WORD_RULES) {
    if (!files.test(file)) continue;
    for (const match of checked.matchAll(pattern)) {
      const sentence = only || unless ? sentenceAround(checked, match) : '';
      if ((only && !only.test(sentence)) || unless?.test(sentence)) continue;
      yield { index: match.index, found: match[0], write };
    }
  }
}

function* namesIn(file, names) {
  for (const { name, index } of names) {
    const words = name.replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/[-_.$]/g, ' ');
    for (const { write, pattern, except } of NAME_RULES)
      if (!except?.test(file) && words.search(pattern) >= 0) yield { index, found: name, write };
  }
}

function* longSentencesIn(source) {
  for (const { index, words } of sentencesOf(source))
    if (words > LONGEST_SENTENCE)
      yield { index, found: `a sentence of ${words} words`, write: `at most ${LONGEST_SENTENCE}, better 20` };
}

function check(file) {
  const source = readFileSync(file, 'utf8');
  const { text, names } = textOf(file, source);
  return [
    ...namesIn(file, [{ name: basename(file), index: 0 }, ...names]),
    ...wordsIn(file, text),
    ...(file.endsWith('.md') ? longSentencesIn(source) : []),
  ]
    .sort((a, b) => a.index - b.index)
    .map(({ index, found, write }) => ({
      place: `${file}:${lineOf(source, index)}`,
      folder: file
        .split('/')
        .slice(0, file.startsWith('server/') || file.startsWith('tests/') ? 2 : 1)
        .join('/'),
      found: found.replace(/\s+/g, ' '),
      write,
    }));
}

function countedBy(violations, key) {
  const counts = new Map();
  for (const violation of violations) counts.set(violation[key], (counts.get(violation[key]) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a);
}

const root = process.cwd();
const files = (positionals.length > 0 ? positionals : ['.'])
  .flatMap((path) => [...filesUnder(path)])
  .map((path) => relative(root, path))
  .filter((file) => READ.test(file) && !SKIPPED_FILES.test(file));
const violations = files.flatMap(check);

if (values.summary)
  for (const key of ['folder', 'write'])
    console.log(
      countedBy(violations, key)
        .map(([name, count]) => `${String(count).padStart(5)}  ${name}\n`)
        .join(''),
    );
else for (const { place, found, write } of violations) console.log(`${place}: "${found}" → ${write}`);
console.log(`${violations.length} found in ${files.length} files`);
process.exitCode = violations.length > 0 ? 1 : 0;
