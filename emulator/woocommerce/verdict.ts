/** How a request was decided. */
export type Verdict =
  { readonly accepted: true } | { readonly status: number; readonly code: string; readonly message: string };
