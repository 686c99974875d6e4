/** How an endpoint of a provider fails: what it answers in place of, or around, the right answer. */

import type { IncomingMessage, ServerResponse } from 'node:http';

export type ProviderEndpoint = 'discovery' | 'keys' | 'token' | 'userinfo';

export const PROVIDER_FAULTS = [
  'answers_500',
  'answers_503',
  'answers_html',
  'answers_nothing',
  'answers_null',
  'answers_list',
  'hangs_up',
  'redirects',
  'sends_50_mb',
  'sends_half',
] as const;

/** `hangs`: the request is taken and never answered. */
export type ProviderFault = (typeof PROVIDER_FAULTS)[number] | 'hangs';

const HUGE_BYTES = 50 * 1024 * 1024;
const JSON_TYPE = { 'content-type': 'application/json' };
const HTML = '<!doctype html><title>Sign in to this wireless network</title><p>Accept our terms';

/** @returns false when the right answer is still to be made, which will then be sent changed. */
export function misbehave(
  fault: ProviderFault,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  request.resume();
  switch (fault) {
    case 'answers_500':
      response.writeHead(500, JSON_TYPE).end('{"error":"server_error"}');
      return true;
    case 'answers_503':
      response.writeHead(503, { 'content-type': 'text/html' }).end(HTML);
      return true;
    case 'answers_html':
      response.writeHead(200, { 'content-type': 'text/html' }).end(HTML);
      return true;
    case 'answers_nothing':
      response.writeHead(200, JSON_TYPE).end();
      return true;
    case 'answers_null':
      response.writeHead(200, JSON_TYPE).end('null');
      return true;
    case 'answers_list':
      response.writeHead(200, JSON_TYPE).end('[{"keys":[]}]');
      return true;
    case 'hangs_up':
      request.socket.destroy();
      return true;
    case 'redirects':
      // 307 repeats a POST with its body, so who follows gets the right answer there.
      response.writeHead(307, { location: `${request.url}?moved` }).end();
      return true;
    case 'sends_half':
      changeBody(response, (body) => response.end(body.slice(0, body.length / 2)));
      return false;
    case 'sends_50_mb':
      changeBody(response, (body) => void writeUntilClosed(response, body));
      return false;
    case 'hangs':
      return true;
  }
}

/** In the words of RFC 6749, section 5.2, where the mock has its own. */
export function wordRefusals(response: ServerResponse): void {
  changeBody(response, (body) => {
    if (response.statusCode === 200 || body.includes('"error"')) return response.end(body);
    response.setHeader('content-type', 'application/json');
    return response.end('{"error":"invalid_grant"}');
  });
}

/** Lets `send` write and end the body that the mock makes. */
function changeBody(response: ServerResponse, send: (body: string) => unknown): void {
  const end = response.end.bind(response);
  response.end = ((body: string) => {
    response.removeHeader('content-length');
    response.end = end;
    send(body);
    return response;
  }) as typeof response.end;
}

/** JSON may be followed by any amount of white space, so what reads it all gets a right answer. */
async function writeUntilClosed(response: ServerResponse, body: string): Promise<void> {
  const blank = Buffer.alloc(64 * 1024, ' ');
  response.write(body);
  for (let sent = 0; sent < HUGE_BYTES && !response.destroyed; sent += blank.length) {
    const isRoom = response.write(blank);
    if (!isRoom) await roomOrEnd(response);
  }
  response.end();
}

function roomOrEnd(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
}
