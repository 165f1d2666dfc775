/** An error of the REST API, in the shape of WordPress: `{ code, message, data: { status, … } }`. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly data: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
    this.name = 'ApiError';
  }

  /** The body of the answer. */
  get body() {
    const { code, message, status, data } = this;
    return { code, message, data: { status, ...data } };
  }
}

/** What is wrong with one value. */
export interface Problem {
  readonly code: string;
  readonly message: string;
}

/** Returns the error for parameters with a wrong value, each with its problem. */
export function invalidParams(problems: ReadonlyMap<string, Problem>): ApiError {
  const names = [...problems.keys()];
  return new ApiError(400, 'rest_invalid_param', `Invalid parameter(s): ${names.join(', ')}`, {
    params: Object.fromEntries([...problems].map(([name, { message }]) => [name, message])),
    details: Object.fromEntries(
      [...problems].map(([name, { code, message }]) => [name, { code, message, data: null }]),
    ),
  });
}

export function missingParams(names: readonly string[]): ApiError {
  return new ApiError(400, 'rest_missing_callback_param', `Missing parameter(s): ${names.join(', ')}`, {
    params: names,
  });
}

export function noRoute(): ApiError {
  return new ApiError(404, 'rest_no_route', 'No route was found matching the URL and request method.');
}
