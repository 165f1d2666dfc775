// The table of a resource's fields is made of these.

export interface Field {
  /** `ids` is a list of ids that is never rejected. `mixed` is any value. */
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date' | 'array' | 'object' | 'ids' | 'mixed';
  /** The value of a new object. Lists start empty, and objects with the values of their fields. */
  readonly initial?: unknown;
  readonly options?: readonly string[];
  readonly format?: 'email' | 'date-time';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Field;
  readonly fields?: Fields;
  /** Ignored in a request. */
  readonly readOnly?: boolean;
  /** Missing in an answer. */
  readonly writeOnly?: boolean;
  /** Required to create an object. */
  readonly required?: boolean;
}

export type Fields = Readonly<Record<string, Field>>;

export const text = (initial = ''): Field => ({ type: 'string', initial });
export const email = (initial: string | null = ''): Field => ({ type: 'string', format: 'email', initial });
export const integer = (initial: number | null = 0): Field => ({ type: 'integer', initial });
export const number = (initial: number | null = 0): Field => ({ type: 'number', initial });
export const flag = (initial = false): Field => ({ type: 'boolean', initial });
export const date = (): Field => ({ type: 'date', initial: null });
export const mixed = (initial: unknown = null): Field => ({ type: 'mixed', initial });
export const list = (items: Field = mixed()): Field => ({ type: 'array', items });
export const object = (fields: Fields): Field => ({ type: 'object', fields });
/** The first option is the value of a new object. */
export const oneOf = (...options: readonly string[]): Field => ({
  type: 'string',
  options,
  initial: options[0] ?? '',
});

export const readOnly = (field: Field): Field => ({ ...field, readOnly: true });
export const writeOnly = (field: Field): Field => ({ ...field, writeOnly: true });
export const required = (field: Field): Field => ({ ...field, required: true });

/** The dates that most resources have. */
export const DATES: Fields = {
  date_created: readOnly(date()),
  date_created_gmt: readOnly(date()),
  date_modified: readOnly(date()),
  date_modified_gmt: readOnly(date()),
};

export const META_DATA = list(object({ id: integer(), key: text(), value: mixed() }));

const NAME_AND_STREET: Fields = {
  first_name: text(),
  last_name: text(),
  company: text(),
  address_1: text(),
  address_2: text(),
  city: text(),
  state: text(),
  postcode: text(),
  country: text(),
};
export const BILLING = object({ ...NAME_AND_STREET, email: email(), phone: text() });
export const SHIPPING = object({ ...NAME_AND_STREET, phone: text() });

/** Returns the value of a field in a new object. */
export function initialValue(field: Field): unknown {
  if (field.type === 'object') return initialValues(field.fields ?? {});
  if (field.type === 'array' || field.type === 'ids') return [];
  return field.initial ?? null;
}

export function initialValues(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, initialValue(field)]));
}
