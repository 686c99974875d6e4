/** Requests to providers whose answers are read to a bound, and are a JSON object or a failure. */

/** Discovery documents and key sets have a few kilobytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** The other side answered, and not as an OpenID Connect provider does. */
export class ProviderAnswerFault extends Error {}

/**
 * `fetch` for openid-client. What comes back has been read to its end: nothing is left that could
 * trickle in for ever.
 * @throws ProviderAnswerFault for redirects, 5xx, and what is no JSON object or too long
 */
export async function fetchBounded(url: string, options: object): Promise<Response> {
  const response = await fetch(url, { ...options, redirect: 'manual' });
  const { status, headers } = response;
  if (status >= 500 || (status >= 300 && status < 400)) {
    await response.body?.cancel();
    throw new ProviderAnswerFault(`answered with status ${status}`);
  }
  const text = await readBounded(response);
  requireJsonObject(text);
  return new Response(text, { status, headers });
}

async function readBounded({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.byteLength;
    // Leaving the loop cancels the rest.
    if (length > MAX_ANSWER_BYTES) throw new ProviderAnswerFault('answered with over a mebibyte');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Whatever OpenID Connect asks for is one, also a refusal. */
function requireJsonObject(text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = null;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw new ProviderAnswerFault('answered with something that is no JSON object');
}
