import { readFileSync } from 'node:fs';
import { isMap, isNode, isScalar, LineCounter, parseDocument, visit, type Alias, type Document } from 'yaml';
import * as z from 'zod';
import { EmulatorError } from '../errors';
import type { StoreData, StoreUser } from '../store';
import { complaints } from './complaint';
import { SeedError } from './seed-error';

/** What a seed file can contain. */
export interface Seed {
  readonly name?: string;
  readonly users?: readonly StoreUser[];
  readonly data?: StoreData;
}

const items = z.array(z.record(z.string(), z.unknown())).optional();

const seedShape = z.strictObject({
  name: z.string().min(1, 'must not be empty').optional(),
  users: z
    .array(
      z.strictObject({
        login: z.string().min(1, 'must not be empty'),
        password: z.string().min(1, 'must not be empty').optional(),
        email: z.string().min(1, 'must not be empty').optional(),
        role: z.enum(['administrator', 'shop_manager', 'customer']).optional(),
      }),
    )
    .min(1, 'must have at least one user')
    .optional(),
  data: z.strictObject({ products: items, orders: items, customers: items, coupons: items }).optional(),
});

/**
 * Reads a seed file, in YAML or JSON.
 * @throws SeedError with every mistake and its line
 */
export function readSeed(file: string): Seed {
  const content = parsed(file);
  const value = valueOf(file, content);
  // An empty file is an empty seed.
  const result = seedShape.safeParse(value ?? {});
  if (result.success) return result.data as Seed;
  const problems = complaints(value, result.error.issues).map(({ path, text }) => ({
    line: content.lineOf(path),
    text,
  }));
  problems.sort((one, other) => one.line - other.line);
  throw new SeedError(
    file,
    problems.map(({ line, text }) => `line ${line}: ${text}`),
  );
}

/**
 * Passes on what a function returns. If it fails because of the seed's data, such as
 * `data.orders[2].status`, the error names the line.
 */
export async function withSeedLines<T>(file: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const [, member = ''] =
      /^((?:data\.)?(?:users|products|orders|customers|coupons)\[\d+\](?:\.\w+)*)/.exec(
        (error as Error).message,
      ) ?? [];
    if (file === undefined || member === '') throw error;
    const names = member.match(/\w+/g) ?? [];
    const inData = names[0] === 'users' || names[0] === 'data' ? names : ['data', ...names];
    const path = inData.map((name) => (/^\d+$/.test(name) ? Number(name) : name));
    throw new SeedError(file, [`line ${parsed(file).lineOf(path)}: ${(error as Error).message}`]);
  }
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new EmulatorError(
      `The seed file ${file} cannot be read (${code}). Check the path after --seed and its permissions.`,
    );
  }
}

/** @throws SeedError for an alias (`*name`) without its anchor, or for aliases that would fill the memory */
function valueOf(file: string, { document, lineAt }: Parsed): unknown {
  try {
    return document.toJS() as unknown;
  } catch (error) {
    const aliases: Alias[] = [];
    visit(document, { Alias: (_key, alias) => void aliases.push(alias) });
    const wrong = aliases.find((alias) => alias.resolve(document) === undefined) ?? aliases[0];
    throw new SeedError(file, [`line ${lineAt(wrong?.range?.[0] ?? 0)}: ${(error as Error).message}.`]);
  }
}

interface Parsed {
  readonly document: Document;
  readonly lineAt: (offset: number) => number;
  /** Returns the line of a member. If it is missing: of the nearest member around it. */
  readonly lineOf: (path: readonly PropertyKey[]) => number;
}

function parsed(file: string): Parsed {
  const lines = new LineCounter();
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const document = parseDocument(contentOf(file), { lineCounter: lines, prettyErrors: false });
  if (document.errors.length > 0)
    throw new SeedError(
      file,
      document.errors.map(({ pos: [start], code, message }) => {
        const text = code === 'MULTIPLE_DOCS' ? 'A second document starts here. Keep one' : message;
        return `line ${lineAt(start)}: ${text}.`.replace(/\.\.$/, '.');
      }),
    );
  return {
    document,
    lineAt,
    lineOf(path) {
      for (let length = path.length; length > 0; length--) {
        const offset = offsetOf(document, path.slice(0, length));
        if (offset !== undefined) return lineAt(offset);
      }
      return 1;
    },
  };
}

/** Returns where the key of a member starts, or the member itself in a list. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number | undefined {
  const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const name = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => String(isScalar(key) ? key.value : key) === String(name));
    return isNode(pair?.key) ? pair.key.range?.[0] : undefined;
  }
  const item: unknown = document.getIn(path, true);
  return isNode(item) ? item.range?.[0] : undefined;
}
