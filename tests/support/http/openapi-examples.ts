import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';
import { encodeForm } from './http-browser';

// The description in docs/openapi.yaml says how to write an example.

export const OPENAPI_FILE = resolve(__dirname, '../../../docs/openapi.yaml');

interface Shown {
  readonly value: unknown;
  readonly 'x-authorization'?: string;
  readonly 'x-state'?: string;
}
type Examples = Readonly<Record<string, Shown>>;
interface Media {
  readonly schema: object;
  readonly examples?: Examples;
}
interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'header' | 'path';
  readonly example?: string;
  readonly examples?: Examples;
}
interface Header {
  readonly required?: boolean;
  readonly schema: object;
  readonly examples?: Examples;
}
interface Response {
  readonly headers?: Readonly<Record<string, Header>>;
  readonly content?: Readonly<Record<string, Media>>;
}
interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Response>>;
}

/** An example of a response with its request. */
export interface OpenApiExample {
  readonly title: string;
  readonly state: string | undefined;
  readonly request: {
    readonly first: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly body: string;
  };
  readonly status: number;
  /** Each parameter with its schema and the value of this example. */
  readonly headers: readonly { readonly name: string; readonly header: Header; readonly value: unknown }[];
  /** The body of the answer, its media type and its schema. */
  readonly body: { readonly type: string; readonly schema: object; readonly value: unknown } | undefined;
}

/** Returns the description with its references resolved. */
export function readOpenApi(): {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: {
    readonly schemas: Readonly<
      Record<string, { readonly properties: Readonly<Record<string, { readonly enum?: readonly string[] }>> }>
    >;
  };
} {
  const root = parse(readFileSync(OPENAPI_FILE, 'utf8')) as object;
  const inlined = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(inlined);
    if (typeof node !== 'object' || node === null) return node;
    if ('$ref' in node) return inlined(at(root, String(node.$ref)));
    return Object.fromEntries(Object.entries(node).map(([name, value]) => [name, inlined(value)]));
  };
  return inlined(root) as ReturnType<typeof readOpenApi>;
}

function at(root: object, pointer: string): unknown {
  return pointer
    .slice(2)
    .split('/')
    .reduce<unknown>((node, name) => (node as Record<string, unknown>)[name], root);
}

/** Returns the answers without an example: `POST /wc-auth/v1/revoke 413`. */
export function answersWithoutExample(): string[] {
  return Object.entries(readOpenApi().paths).flatMap(([path, { parameters: _, ...operations }]) =>
    Object.entries(operations as Record<string, Operation>).flatMap(([method, { responses }]) =>
      Object.entries(responses)
        .filter(([, response]) => namesIn(response).length === 0)
        .map(([status]) => `${method.toUpperCase()} ${path} ${status}`),
    ),
  );
}

export function openApiExamples(): OpenApiExample[] {
  return Object.entries(readOpenApi().paths).flatMap(([path, { parameters = [], ...operations }]) =>
    Object.entries(operations as Record<string, Operation>).flatMap(([method, operation]) => {
      const all = [...(parameters as Parameter[]), ...(operation.parameters ?? [])];
      return Object.entries(operation.responses).flatMap(([status, response]) =>
        namesIn(response).map((name) =>
          example(name, path, method, { ...operation, parameters: all }, status),
        ),
      );
    }),
  );
}

function namesIn({ headers = {}, content = {} }: Response): string[] {
  const named = [...Object.values(headers), ...Object.values(content)];
  return [...new Set(named.flatMap(({ examples = {} }) => Object.keys(examples)))];
}

function example(
  name: string,
  path: string,
  method: string,
  { parameters = [], requestBody, responses }: Operation,
  status: string,
): OpenApiExample {
  const { headers = {}, content = {} } = responses[status] ?? {};
  const [type, media] = Object.entries(content).find(([, { examples }]) => examples?.[name]) ?? [];
  const shown = media?.examples?.[name];
  const sent = (where: Parameter['in']) =>
    parameters.flatMap((parameter) => {
      if (parameter.in !== where) return [];
      const value = (parameter.examples?.[name]?.value as string | undefined) ?? parameter.example;
      return value === undefined ? [] : [[parameter.name, value] as const];
    });
  const filled = sent('path').reduce((text, [key, value]) => text.replace(`{${key}}`, value), path);
  const query = encodeForm(sent('query'));
  const [bodyType, body] =
    Object.entries(requestBody?.content ?? {}).find(([, { examples }]) => examples?.[name]) ?? [];
  const authorization = shown?.['x-authorization'];
  return {
    title: `${method.toUpperCase()} ${path} ${status} ${name}`,
    state: shown?.['x-state'],
    request: {
      first: `${method.toUpperCase()} ${filled}${query === '' ? '' : `?${query}`} HTTP/1.1`,
      headers: [
        ['Host', 'shop.example'],
        ...sent('header'),
        ...(authorization === undefined ? [] : [['Authorization', authorization] as const]),
        ...(bodyType === undefined ? [] : [['Content-Type', bodyType] as const]),
      ],
      body: bodyType === undefined ? '' : written(bodyType, body?.examples?.[name]?.value),
    },
    status: Number(status),
    headers: Object.entries(headers).map(([key, header]) => ({
      name: key,
      header,
      value: header.examples?.[name]?.value,
    })),
    body: type === undefined || !media ? undefined : { type, schema: media.schema, value: shown?.value },
  };
}

function written(type: string, value: unknown): string {
  if (typeof value === 'string') return value;
  return type === 'application/json' ? JSON.stringify(value) : encodeForm(value as Record<string, string>);
}
