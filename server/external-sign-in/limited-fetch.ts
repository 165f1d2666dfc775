/** Far more than the keys of any issuer. */
const ANSWER_MAX = 512 * 1024;

/**
 * Fetches a URL, follows no redirect, and reads at most 512 KiB of the answer. The caller's signal
 * limits the time of the whole exchange.
 * @throws if the answer is longer.
 */
export async function limitedFetch(url: string, options: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...options, redirect: 'manual' });
  const chunks: Uint8Array[] = [];
  let length = 0;
  const body: AsyncIterable<Uint8Array> | [] = response.body ?? [];
  for await (const chunk of body) {
    length += chunk.length;
    if (length > ANSWER_MAX) throw new Error(`the answer has more than ${ANSWER_MAX} bytes`);
    chunks.push(chunk);
  }
  const { status, headers } = response;
  return new Response(chunks.length === 0 ? null : Buffer.concat(chunks), { status, headers });
}
