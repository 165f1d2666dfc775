import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { z } from 'zod';

// Checks the files in .github, which only GitHub runs.

const ROOT = resolve(__dirname, '../..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const filesIn = (folder: string) => readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`);

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly uses?: string;
  readonly steps?: readonly Step[];
  readonly permissions?: Readonly<Record<string, string>>;
  readonly strategy?: {
    readonly matrix: { readonly node?: string[]; readonly include?: { node: string }[] };
  };
  readonly 'timeout-minutes'?: number;
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const workflowFiles = filesIn('.github/workflows');
const actionFiles = filesIn('.github/actions').map((folder) => `${folder}/action.yml`);
const workflows = workflowFiles.map((file) => ({ file, ...(parse(read(file)) as Workflow) }));
const ci = workflows.find(({ file }) => basename(file) === 'ci.yml')!;
const steps = [
  ...workflows.flatMap(({ file, jobs }) =>
    Object.values(jobs).flatMap((job) => (job.steps ?? []).map((step) => ({ file, ...step }))),
  ),
  ...actionFiles.flatMap((file) =>
    (parse(read(file)) as { runs: { steps: Step[] } }).runs.steps.map((step) => ({ file, ...step })),
  ),
];
const scripts = steps.flatMap(({ file, run }) => (run === undefined ? [] : [{ file, run }]));
const manifest = JSON.parse(read('package.json')) as {
  scripts: Record<string, string>;
  engines: { node: string };
};

/** The npm scripts that a text runs: `npm test` and `npm run NAME`. */
const npmScripts = (text: string) =>
  [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(test|start)\b)/g)].map(([, name, short]) => name ?? short ?? '');

async function mistakesIn(...files: string[]): Promise<string[]> {
  const program = join(ROOT, 'tests/support/programs/check-workflows.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', program, ...files], {
    cwd: ROOT,
  });
  return JSON.parse(stdout) as string[];
}

describe('GitHub’s own parser', () => {
  test('finds no mistake in the workflows and actions', async () => {
    expect(await mistakesIn(...workflowFiles, ...actionFiles)).toEqual([]);
  });

  test('finds a wrong key, an unknown context and a missing shell', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wc-auth-workflows-'));
    try {
      const [workflow, action] = ['ci.yml', 'action.yml'].map((name) => join(folder, name)) as [
        string,
        string,
      ];
      const job = 'runs-on: ubuntu-24.04\n    timeout: 5\n    steps:\n      - run: echo ${{ matrx.node }}\n';
      writeFileSync(workflow, `on: push\njobs:\n  test:\n    ${job}`);
      writeFileSync(
        action,
        'name: a\ndescription: b\nruns:\n  using: composite\n  steps:\n    - run: echo\n',
      );
      expect(await mistakesIn(workflow, action)).toEqual([
        expect.stringContaining("Unexpected value 'timeout'"),
        expect.stringContaining("Unrecognized named-value: 'matrx'"),
        expect.stringContaining('Required property is missing: shell'),
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('each workflow', () => {
  test('pins every action of another repository to one commit, and names its version', () => {
    const pins = new Map<string, Set<string>>();
    for (const file of [...workflowFiles, ...actionFiles])
      for (const [, used = ''] of read(file).matchAll(/^\s*(?:- )?uses: (.+)$/gm)) {
        if (used.startsWith('./')) {
          expect([used, existsSync(join(ROOT, used))]).toEqual([used, true]);
          continue;
        }
        expect(used).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
        const [name = '', pin = ''] = used.split('@');
        pins.set(name, (pins.get(name) ?? new Set()).add(pin));
      }
    expect([...pins].filter(([, found]) => found.size > 1)).toEqual([]);
  });

  test('never runs the code of a pull request with the rights of the repository', () => {
    for (const { on } of workflows) {
      expect(on).not.toHaveProperty('pull_request_target');
      expect(on).not.toHaveProperty('workflow_run');
    }
  });

  test('has no expression in a script, where its value would be run', () => {
    expect(scripts.filter(({ run }) => run.includes('${{'))).toEqual([]);
  });

  test('does not leave the token in the checkout', () => {
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.length).toBeGreaterThan(0);
    expect(checkouts.filter((step) => step.with?.['persist-credentials'] !== false)).toEqual([]);
  });

  test('may write only where it publishes', () => {
    const writes = workflows.flatMap(({ file, jobs, permissions }) =>
      [['', permissions] as const, ...Object.entries(jobs).map(([id, job]) => [id, job.permissions] as const)]
        .flatMap(([id, granted]) => Object.entries(granted ?? {}).map((entry) => [id, ...entry] as const))
        .filter(([, , access]) => access !== 'read')
        .map((entry) => [basename(file), ...entry].join(' ')),
    );
    expect(writes).toEqual([
      'release.yml image packages write',
      'release.yml npm id-token write',
      'release.yml github contents write',
    ]);
    for (const { file, permissions } of workflows)
      expect([file, typeof permissions]).toEqual([file, 'object']);
  });

  test('has a time limit for each job', () => {
    for (const { file, jobs } of workflows)
      for (const [id, job] of Object.entries(jobs))
        if (job.uses === undefined)
          expect([file, id, job['timeout-minutes']]).toEqual([file, id, expect.any(Number)]);
  });

  test('runs npm scripts and files that exist', () => {
    const used = scripts.flatMap(({ run }) => npmScripts(run));
    expect(used).toEqual(expect.arrayContaining(['lint', 'test', 'test:browser', 'conformance']));
    expect(used.filter((name) => !(name in manifest.scripts))).toEqual([]);
    const files = scripts.flatMap(({ run }) => [...run.matchAll(/\b(?:node|bash) ([\w./-]+\/[\w.-]+)/g)]);
    expect(files.length).toBeGreaterThan(0);
    for (const [, file = ''] of files) expect([file, existsSync(join(ROOT, file))]).toEqual([file, true]);
  });

  test('has scripts that bash can read', () => {
    for (const { file, run } of scripts) {
      const { stderr } = spawnSync('bash', ['-n'], { input: run, encoding: 'utf8' });
      expect([file, stderr]).toEqual([file, '']);
    }
  });
});

describe('the CI workflow', () => {
  test('tests the oldest Node that package.json and README.md promise, and newer ones', () => {
    const [, oldest = ''] = /^>=((\d+)\.\d+)$/.exec(manifest.engines.node) ?? [];
    expect(read('README.md')).toContain(`Node ${oldest} or newer`);
    const { sqlite, postgresql } = ci.jobs;
    expect(sqlite?.strategy?.matrix.node).toEqual(['20', '22', '24', '26']);
    expect(sqlite?.strategy?.matrix.node?.[0]).toBe(oldest.split('.')[0]);
    expect(postgresql?.strategy?.matrix.include?.map(({ node }) => node)).toEqual(['20', '26']);
  });

  /** Steps of .ci/run that run weekly and before a release, in the job "All of .ci/run", and why. */
  const NOT_FOR_EACH_CHANGE: Readonly<Record<string, string>> = {
    Tools: 'the jobs install them with `bash .ci/run tools`',
    'A copy for the newest Node': 'the jobs have a matrix of Node versions',
    'SQLite on the newest Node': 'the jobs have a matrix of Node versions',
    'npm start on the built server': 'npm run test:package starts the built server',
    'npm run demo': 'the browser tests start the demo',
    '100 kills at random instants': 'takes minutes; a change to storage runs it by hand',
    '5,000 requests changed at random': 'takes minutes; a change to requests runs it by hand',
    'The container image': 'the job "Container image" builds and starts it on the image of Node',
    'The tests of docs/testing.md in their runners': 'needs six test runners of other projects',
  };

  test('runs each command of .ci/run, except those with a reason', () => {
    const source = read('.ci/run');
    const found = [...source.matchAll(/^(?:\w+=\S* )*step '([^']+)' (.+)$/gm)];
    expect(found.length).toBeGreaterThan(10);
    const run = new Set(
      Object.entries(ci.jobs)
        .filter(([id]) => id !== 'everything')
        .flatMap(([, job]) => job.steps ?? [])
        .flatMap(({ run = '' }) => npmScripts(run)),
    );
    const missing = found.filter(([, name = '', command = '']) => {
      const body = new RegExp(`^${command}\\(\\) [({]\\n(.*?)^[)}]`, 'ms').exec(source)?.[1] ?? command;
      const needed = npmScripts(body);
      return (
        !(name in NOT_FOR_EACH_CHANGE) && (needed.length === 0 || needed.some((script) => !run.has(script)))
      );
    });
    expect(missing.map(([, name]) => name)).toEqual([]);
    const names = found.map(([, name]) => name);
    expect(Object.keys(NOT_FOR_EACH_CHANGE).filter((name) => !names.includes(name))).toEqual([]);
    expect(ci.jobs['everything']?.steps?.at(-1)?.run).toBe('bash .ci/run');
  });
});

describe('the issue forms', () => {
  const label = z.string().min(3);
  const id = z.string().regex(/^[\w-]+$/);
  const validations = z.strictObject({ required: z.boolean() }).optional();
  const texts = { label, description: z.string().optional(), placeholder: z.string().optional() };
  const element = z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('markdown'), attributes: z.strictObject({ value: z.string().min(1) }) }),
    z.strictObject({ type: z.literal('input'), id, attributes: z.strictObject(texts), validations }),
    z.strictObject({
      type: z.literal('textarea'),
      id,
      attributes: z.strictObject({ ...texts, render: z.string().optional() }),
      validations,
    }),
    z.strictObject({
      type: z.literal('dropdown'),
      id,
      attributes: z.strictObject({
        label,
        description: z.string().optional(),
        // GitHub does not take a form with two equal options, or with the option "None".
        options: z.array(z.string().regex(/^(?!none$)/i)).refine((all) => new Set(all).size === all.length),
      }),
      validations,
    }),
  ]);
  const form = z.strictObject({
    name: z.string().min(3),
    description: z.string().min(3),
    labels: z.array(z.string()).optional(),
    body: z.array(element),
  });
  const forms = filesIn('.github/ISSUE_TEMPLATE').filter((file) => basename(file) !== 'config.yml');

  test.each(forms)('%s is one that GitHub shows', (file) => {
    const { body } = form.parse(parse(read(file)));
    for (const key of ['id', 'label'] as const) {
      const values = body.flatMap((part) =>
        part.type === 'markdown' ? [] : [key === 'id' ? part.id : part.attributes.label],
      );
      expect(values).toEqual([...new Set(values)]);
    }
  });

  test('do not share a name, and links in them lead to files', () => {
    const names = forms.map((file) => (parse(read(file)) as { name: string }).name);
    expect(names).toEqual([...new Set(names)]);
    const links = forms.flatMap((file) => [...read(file).matchAll(/\]\(\.\.\/blob\/HEAD\/([^)#]+)/g)]);
    expect(links.length).toBeGreaterThan(0);
    for (const [, path = ''] of links) expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
  });

  test('send a vulnerability to the private report, with no form without a template', () => {
    expect(parse(read('.github/ISSUE_TEMPLATE/config.yml'))).toEqual({ blank_issues_enabled: false });
    expect(read('.github/ISSUE_TEMPLATE/bug.yml')).toContain('Security → Report a vulnerability');
  });
});

describe('Dependabot', () => {
  const ignored = z.strictObject({ 'dependency-name': z.string(), versions: z.array(z.string()) });
  const update = z.strictObject({
    'package-ecosystem': z.enum(['npm', 'github-actions', 'docker', 'docker-compose']),
    directory: z.string().optional(),
    directories: z.array(z.string()).optional(),
    schedule: z.strictObject({ interval: z.literal('weekly') }),
    groups: z
      .record(
        z.string(),
        z.strictObject({
          'dependency-type': z.enum(['development', 'production']),
          'update-types': z.array(z.enum(['major', 'minor', 'patch'])),
        }),
      )
      .optional(),
    ignore: z.array(ignored).optional(),
  });
  const { updates } = z
    .strictObject({ version: z.literal(2), updates: z.array(update) })
    .parse(parse(read('.github/dependabot.yml')));
  const npm = updates.find((entry) => entry['package-ecosystem'] === 'npm')!;

  test('watches every npm lockfile, every action and every image', () => {
    expect(npm.directories).toEqual(['/', '/tests/clients', '/tests/kit', '/tests/newest-node']);
    for (const folder of npm.directories ?? [])
      expect(existsSync(join(ROOT, folder, 'package-lock.json'))).toBe(true);
    const [, actions, docker, compose] = updates;
    expect(actions).toMatchObject({ 'package-ecosystem': 'github-actions' });
    expect(actions?.directories).toEqual([
      '/',
      ...actionFiles.map((file) => `/${file.replace('/action.yml', '')}`),
    ]);
    expect(docker).toMatchObject({ 'package-ecosystem': 'docker', directory: '/' });
    expect(compose).toMatchObject({ 'package-ecosystem': 'docker-compose', directory: '/' });
  });

  test('leaves alone what decision 7 holds back for Node 20', () => {
    const [, table = ''] =
      /^## Held back for Node 20\n(.*?)\n## /ms.exec(read('docs/decisions/0007-dependencies.md')) ?? [];
    const heldBack = [...table.matchAll(/^\| ([\w.-]+) \d/gm)].map(([, name]) => name);
    expect(heldBack.length).toBeGreaterThan(0);
    const names = npm.ignore?.map((entry) => entry['dependency-name']);
    expect(names).toEqual([...heldBack, '@types/node', 'typescript']);
  });
});
