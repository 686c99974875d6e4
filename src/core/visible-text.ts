/**
 * Text from the database on its way to a terminal. A name must not be able to move the cursor,
 * recolour the screen, turn the reading direction or hide, whoever wrote it into the database:
 * the rules for new names are younger than some of the rows will be.
 */

/** Control, format, private, unassigned and surrogate characters; line and paragraph ends. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** The text with every such character as `\u{…}`. */
export function toVisible(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}

/**
 * JSON whose strings hold none of them either: JSON itself lets C1 controls, DEL and
 * bidirectional marks through. Parsing it gives the original text.
 */
export function toVisibleJson(value: unknown, indent?: number): string {
  const lines = JSON.stringify(value, null, indent).split('\n');
  return lines.map((line) => line.replace(INVISIBLE, escapeUtf16)).join('\n');
}

function escapeUtf16(character: string): string {
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
