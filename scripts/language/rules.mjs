// The words that this project writes, and those it does not. A space in a pattern also matches one
// line break.

/** Wire texts: clients match them, so they stay as they are wherever they are quoted. */
export const WIRE_TEXTS = [
  'Successfully logged out',
  'Do you really want to log out?',
  // A status of WooCommerce's orders.
  "'cancelled'",
  // A name of CSS.
  "'grey'",
  // Comments on columns in the first migration, which is frozen.
  'of the secret keys it holds, parted by blanks',
  'of keys and users, by whomever',
];

// British spellings with their endings.
const BRITISH = [
  String.raw`(?:behavi|col|fav|hon|lab|neighb|rum)our\w*`,
  String.raw`(?:anonym|apolog|author|capital|categor|custom|emphas|final|general|initial|local|maxim|memor|minim|modern|normal|optim|organ|prior|random|real|recogn|sanit|serial|special|stabil|standard|summar|symbol|synchron|token|util|visual)(?:it)?is(?:e[drs]?|ing|ations?|able)`,
  'analys(?:ed?|ing)',
  '(?:cancel|fuel|label|level|model|signal|total|travel)l(?:ed|ing)',
  '(?:cent|fib|lit|met|theat)res?',
  '(?:def|lic|off|pret)ences?',
  'acknowledgements?|ageing|amongst|artefacts?|catalogues?|greys?|judgements?|learnt|programmes?|spelt|whilst',
].join('|');

/**
 * `pattern` is matched without regard to case, in prose, comments, texts and test names. `unless`
 * exempts a sentence that it matches, `if` limits the rule to sentences that it matches, `files` to
 * such files.
 */
const WORDS = [
  { write: 'the American spelling', pattern: String.raw`\b(?:${BRITISH})\b` },
  { write: 'fix', pattern: String.raw`\bmend(?:s|ed|ing)?\b` },
  { write: 'separated by', pattern: String.raw`\bparted (?:by|with|from)\b` },
  { write: 'handler, endpoint, listener', pattern: String.raw`\bdoors?\b` },
  {
    write: 'retry, or name the action again ("send it again")',
    pattern: String.raw`\bask(?:s|ed|ing)?(?: \w+)? again\b`,
  },
  { write: 'snapshot', pattern: String.raw`\bsights?\b` },
  {
    write: 'remove, delete, discard',
    pattern: String.raw`\b(?:throw|throws|threw|thrown|throwing|take|takes|took|taken|taking)(?: [\w']+)? away\b`,
  },
  { write: 'sign out', pattern: String.raw`\blog(?:s|ged|ging)? out\b` },
  {
    write: 'is not a …, has no …, none of … is',
    pattern: String.raw`(?<!\bthere )\b(?:is|are|was|were|be|been|being) (?:no|none)\b(?! (?:longer|more|less|fewer|other)\b)`,
  },
  { write: 'whether … or not', pattern: String.raw`\bthat [^.;:|]{1,60} or not\b` },
  {
    write: 'if, when',
    pattern: String.raw`\bwhere (?:none|nothing|neither|nobody)\b|\bwhere (?:it|that) is not\b`,
  },
  {
    write: 'if, when (a sentence that opens with a condition)',
    files: /\.md$/,
    pattern: String.raw`(?<=^\s*|[.!?:;|*/-] |\0\s*)Where\b(?! (?:do|does|is it|are)\b)[^.?!|]*?,`,
    caseSensitive: true,
  },
  {
    write: 'a subject of its own: "the server does not …", "a user who …"',
    pattern: String.raw`\bnobody|\bno one\b(?!-)|\bno-one\b|\bwhoever\b|\bwhomever\b`,
  },
  {
    write: 'if you …, a user who …',
    pattern: String.raw`(?<=^\s*|[.!?:;|*/-] |\0\s*)Who [a-z]+\b(?![^.|]*\?)`,
    caseSensitive: true,
  },
  {
    write: 'is rejected, fails',
    pattern: String.raw`\b(?:is|are|was|were|be|been|being|gets?) refused\b`,
    unless: /permission|\bmay\b|allowed|\bscope|\brole\b|\b403\b|connection refused/i,
  },
  {
    write: 'unset, omitted, skips',
    pattern: String.raw`\b(?:left|leaves?|leaving)(?: [\w']+)? out\b(?! of)`,
  },
  { write: 'set', pattern: String.raw`\b(?:if|when|where|unless|is not|are not|none is) given\b` },
  {
    write: 'the process, the other instances',
    pattern: String.raw`\bone of them\b|\bthe others\b`,
    if: /\b(?:process|processes|instances?|servers?)\b/i,
  },
  {
    write: 'treat as',
    pattern: String.raw`\b(?:hold|holds|held|holding) [^.;:|]{1,40} to be\b`,
  },
  {
    write: 'the query, a cache miss (a machine is not asked)',
    pattern: String.raw`\b(?:database|server|store|cache|memory|proxy|file|system) (?:is|are|was|were|be) asked\b`,
  },
];

/**
 * Matched against names split into words: `healthDoor` is "health door". File names count too.
 * `except` exempts files.
 */
const NAMES = [
  { write: 'the American spelling', pattern: String.raw`\b(?:${BRITISH})\b` },
  { write: 'handler, endpoint, listener', pattern: String.raw`\bdoors?\b` },
  {
    write: 'retry',
    pattern: String.raw`(?<!\b(?:eai|new password) )\bagain\b`,
    // A fact of the recording has this name.
    except: /^conformance\//,
  },
  { write: 'fix, repair', pattern: String.raw`\bmend(?:s|ed|ing)?\b` },
  { write: 'snapshot', pattern: String.raw`\bsights?\b` },
  { write: 'remove, discard', pattern: String.raw`\b(?:throw|take|thrown|taken) away\b` },
  {
    write: 'reject, rejection',
    // A connection is refused: `refused` alone is a kind of failure. Strings, such as
    // `address-refused`, are not names.
    pattern: String.raw`\brefuses?\b(?! connections?\b)|\brefusals?\b|(?<=\w )refused\b|\brefused(?= (?!connections?\b)\w)`,
  },
  { write: 'a name of its own: none, stranger, anonymous', pattern: String.raw`\bnobody\b|\bwhoever\b` },
];

const compiled = ({ pattern, caseSensitive, ...rule }) => ({
  ...rule,
  pattern: new RegExp(
    pattern.replaceAll(' ', String.raw`(?:[ \t]+|[ \t]*\n[ \t]*)`),
    caseSensitive ? 'gm' : 'gim',
  ),
});

export const WORD_RULES = WORDS.map(compiled);
export const NAME_RULES = NAMES.map(compiled);

export const LONGEST_SENTENCE = 45;
