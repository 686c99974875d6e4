/** The few shapes that the charts are made of. Colours follow the reader's light or dark scheme. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #24292f; }
  .quiet { fill: #57606a; }
  .grid { stroke: #d0d7de; }
  .mark { stroke: #24292f; stroke-width: 1.5; }
  .good { fill: #2da44e; } .bad { fill: #d4662a; }
  .line { fill: none; stroke-width: 1.5; }
  .first { stroke: #0969da; } .second { stroke: #d4662a; } .third { stroke: #8250df; }
  .phase { fill: #57606a; fill-opacity: 0.08; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; } .quiet { fill: #9198a1; } .grid { stroke: #3d444d; }
    .mark { stroke: #e6edf3; } .good { fill: #3fb950; } .bad { fill: #f0883e; }
    .first { stroke: #58a6ff; } .second { stroke: #f0883e; } .third { stroke: #bc8cff; }
    .phase { fill: #9198a1; fill-opacity: 0.15; }
  }`;

/** A whole picture; `title` is what those hear who do not see it. */
export function svg(
  size: { readonly width: number; readonly height: number },
  title: string,
  shapes: readonly string[],
): string {
  const { width, height } = size;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escapeText(title)}</title>`,
    `<style>${STYLE}\n</style>`,
    ...shapes,
    '</svg>',
    '',
  ].join('\n');
}

export function text(
  at: Point,
  content: string,
  {
    anchor = 'start',
    quiet = false,
  }: { anchor?: 'start' | 'middle' | 'end'; quiet?: boolean } = {},
): string {
  const style = quiet ? ' class="quiet"' : '';
  const place = `x="${tidy(at.x)}" y="${tidy(at.y)}" text-anchor="${anchor}"`;
  return `<text ${place}${style}>${escapeText(content)}</text>`;
}

export function line(from: Point, to: Point, style: 'grid' | 'mark'): string {
  const ends = `x1="${tidy(from.x)}" y1="${tidy(from.y)}" x2="${tidy(to.x)}" y2="${tidy(to.y)}"`;
  return `<line ${ends} class="${style}"/>`;
}

export function rectangle(from: Point, to: Point, style: 'good' | 'bad' | 'phase'): string {
  const [width, height] = [Math.max(0, to.x - from.x), Math.max(0, to.y - from.y)];
  const place = `x="${tidy(from.x)}" y="${tidy(from.y)}"`;
  return `<rect ${place} width="${tidy(width)}" height="${tidy(height)}" class="${style}"/>`;
}

/** A gap where a point is null. */
export function polyline(
  points: readonly (Point | null)[],
  style: 'first' | 'second' | 'third',
): string {
  let path = '';
  let isDrawing = false;
  for (const point of points) {
    if (point !== null) path += `${isDrawing ? 'L' : 'M'}${tidy(point.x)} ${tidy(point.y)}`;
    isDrawing = point !== null;
  }
  return `<path d="${path}" class="line ${style}"/>`;
}

function tidy(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function escapeText(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
