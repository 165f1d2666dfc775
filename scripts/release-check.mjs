// Checks that a tag, package.json, package-lock.json, docs/openapi.yaml, the examples and
// CHANGELOG.md name the same version, and prints the changelog's section for it:
// `node scripts/release-check.mjs TAG [--repository OWNER/NAME]`. With --repository, package.json
// must name that repository on GitHub, and links in the section lead there.
// It needs no installed packages.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { parseArgs } from 'node:util';

// SemVer without build metadata, which npm ignores when it compares versions.
const NUMBER = '(?:0|[1-9][0-9]*)';
const TAG = new RegExp(`^v(${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?)$`);
const USAGE = 'Usage: node scripts/release-check.mjs TAG [--repository OWNER/NAME]';

const problems = [];

function compare(what, found, wanted) {
  if (found !== wanted) problems.push(`${what} is ${JSON.stringify(found)}, and should be "${wanted}".`);
}

/** The text of the section, or undefined. Reports what is wrong with the changelog. */
function sectionOf(changelog, version) {
  const sections = changelog.split(/^## /m).slice(1);
  const parts = sections.map((section) => {
    const [heading = '', ...lines] = section.split('\n');
    return { heading: heading.trim(), text: lines.join('\n').trim() };
  });
  const unreleased = parts.find(({ heading }) => heading === 'Unreleased');
  if (unreleased !== undefined && unreleased.text !== '')
    problems.push(`CHANGELOG.md has entries under "Unreleased". Move them to "## ${version} (YYYY-MM-DD)".`);
  const [newest] = parts.filter((part) => part !== unreleased);
  const found = parts.find(({ heading }) => heading === version || heading.startsWith(`${version} `));
  if (found === undefined) {
    problems.push(`CHANGELOG.md has no section "## ${version} (YYYY-MM-DD)". Add it below "Unreleased".`);
    return undefined;
  }
  const [, date] = /^\S+ \((\d{4}-\d\d-\d\d)\)$/.exec(found.heading) ?? [];
  if (date === undefined || !new Date(`${date}T00:00Z`).toJSON()?.startsWith(date))
    problems.push(`CHANGELOG.md has the heading "${found.heading}". Write "${version} (YYYY-MM-DD)".`);
  if (found !== newest)
    problems.push(
      `CHANGELOG.md has "${newest.heading}" above "${found.heading}". The newest release comes first.`,
    );
  if (found.text === '') problems.push(`CHANGELOG.md says nothing under "${found.heading}".`);
  return found.text;
}

/** The text with each paragraph and list item on one line, because a release shows line ends as such. */
function unwrapped(text) {
  // Blocks of code are the odd parts.
  const parts = text.split(/^(```.*?^```)$/ms);
  return parts
    .map((part, index) =>
      index % 2 === 1 ? part : part.replaceAll(/(?<=^[^#|\n].*)\n *(?![-*+#|>\s]|\d+\. |$)/gm, ' '),
    )
    .join('');
}

/** Reads the owner and name of `repository` in package.json, or undefined if it is not on GitHub. */
function repositoryOf({ repository }) {
  const url = typeof repository === 'string' ? repository : repository?.url;
  return /^(?:git\+)?https:\/\/github\.com\/([^/]+\/[^/]+?)(?:\.git)?$/.exec(url ?? '')?.[1];
}

function parsed() {
  try {
    return parseArgs({ options: { repository: { type: 'string' } }, allowPositionals: true });
  } catch (error) {
    return { error: error.message };
  }
}

const { values, positionals, error } = parsed();
if (error !== undefined || positionals.length !== 1) {
  console.error(error ?? USAGE);
  process.exit(2);
}
const [tag] = positionals;
const version = TAG.exec(tag)?.[1];
if (version === undefined) {
  console.error(`The tag "${tag}" is not a version. Tag a release as v1.2.3 or v1.2.3-rc.1.`);
  process.exit(1);
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
compare('The version in package.json', manifest.version, version);
compare('The version in package-lock.json', lock.version, version);
compare('The version of packages[""] in package-lock.json', lock.packages[''].version, version);
compare('The name in package-lock.json', lock.name, manifest.name);
const [, described = null] = /^ {2}version: (.+)$/m.exec(readFileSync('docs/openapi.yaml', 'utf8')) ?? [];
compare('info.version in docs/openapi.yaml', described, version);
for (const name of readdirSync('examples')) {
  const file = `examples/${name}/package.json`;
  if (!existsSync(file)) continue;
  const { dependencies } = JSON.parse(readFileSync(file, 'utf8'));
  compare(`The version of ${manifest.name} in ${file}`, dependencies[manifest.name] ?? null, `^${version}`);
}
if (values.repository !== undefined)
  compare(
    'The GitHub repository that repository.url in package.json names',
    repositoryOf(manifest) ?? manifest.repository?.url ?? null,
    values.repository,
  );
const section = sectionOf(readFileSync('CHANGELOG.md', 'utf8'), version);

for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
// A relative link leads nowhere on the page of a release.
const base = values.repository && `https://github.com/${values.repository}/blob/${tag}/`;
const notes = unwrapped(section);
console.log(base ? notes.replaceAll(/\]\((?!https?:|#)/g, `](${base}`) : notes);
