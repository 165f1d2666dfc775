// Prints an SPDX list of what the npm package contains and installs, after `npm run build`:
// `node scripts/sbom.mjs`. npm counts the packages in the bundle as development dependencies, so
// `npm sbom --omit dev` misses them, and `npm sbom` has the tools as well.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

function listed(...options) {
  const command = ['sbom', '--package-lock-only', '--sbom-format', 'spdx', ...options];
  return JSON.parse(execFileSync('npm', command, { maxBuffer: 64 * 1024 * 1024 }));
}
const nameOf = ({ name, versionInfo }) => `${name} ${versionInfo}`;

const LICENSES = 'dist/THIRD-PARTY-LICENSES.txt';
if (!existsSync(LICENSES)) {
  console.error(
    `There is no ${LICENSES} in ${process.cwd()}. Run "npm run build" in the root of the repository.`,
  );
  process.exit(1);
}
// scripts/build.mjs writes a heading for each package of the bundle.
const licenses = readFileSync(LICENSES, 'utf8');
const bundled = [...licenses.matchAll(/^(\S+ \S+)\n=+$/gm)].map(([, heading]) => heading);

const all = listed();
const installed = listed('--omit', 'dev').packages.map(nameOf);
const shipped = new Set([...installed, ...bundled]);
const packages = all.packages.filter((entry) => shipped.has(nameOf(entry)));
const missing = [...shipped].filter((name) => !packages.some((entry) => nameOf(entry) === name));
if (missing.length > 0) {
  console.error(`package-lock.json does not have ${missing.join(', ')}. Run "npm ci" and "npm run build".`);
  process.exit(1);
}

const ids = new Set([...packages.map(({ SPDXID }) => SPDXID), all.SPDXID]);
const relationships = all.relationships.filter(
  ({ spdxElementId, relatedSpdxElement }) => ids.has(spdxElementId) && ids.has(relatedSpdxElement),
);
console.log(JSON.stringify({ ...all, packages, relationships }, null, 2));
