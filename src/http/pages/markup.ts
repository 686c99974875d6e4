/**
 * HTML from template literals in which everything is escaped: only what another template made is
 * taken as markup. Attribute values must stand in double quotes.
 */

export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template; nothing is written for `null`, `undefined` and `false`. */
export type Content = string | number | Markup | null | undefined | false | readonly Content[];

const ESCAPES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function html(parts: TemplateStringsArray, ...contents: Content[]): Markup {
  const text = parts.reduce((made, part, index) => made + write(contents[index - 1]) + part);
  return new Markup(text);
}

function write(content: Content): string {
  if (content === null || content === undefined || content === false) return '';
  if (content instanceof Markup) return content.text;
  if (Array.isArray(content)) return content.map(write).join('');
  return String(content).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}
