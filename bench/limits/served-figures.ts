/** How a limit that is no server hands over what it found: it serves it, as a server listens. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Figures } from '../suite.ts';

export function serveFigures(figures: Figures): void {
  const server = createServer((_request, response) => response.end(JSON.stringify(figures)));
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address() as AddressInfo;
    process.stderr.write(`its figures: listens on http://127.0.0.1:${port}\n`);
  });
}

/** From the other side. */
export async function fetchFigures(url: string): Promise<Figures> {
  return (await (await fetch(url)).json()) as Figures;
}
