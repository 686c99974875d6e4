/**
 * Puts what was measured into a page of the documentation: between `<!-- bench:NAME -->` and
 * `<!-- /bench:NAME -->`, and nowhere else.
 */

/** @throws when the page has no such place */
export function fillPage(page: string, parts: Readonly<Record<string, string>>): string {
  return Object.entries(parts).reduce((text, [name, part]) => {
    const [start, end] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
    const from = text.indexOf(start);
    const to = text.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`the page has no place for ${name}`);
    return `${text.slice(0, from + start.length)}\n${part}\n${text.slice(to)}`;
  }, page);
}
