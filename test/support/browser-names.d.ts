/**
 * The names of the DOM that the declarations of playwright-core speak of. The library `dom` would
 * let every module of the server use `window` and `document` unnoticed.
 */

interface Node {
  readonly nodeType: number;
}
interface HTMLElement extends Node {
  readonly tagName: string;
}
interface SVGElement extends Node {
  readonly tagName: string;
}
interface HTMLElementTagNameMap {
  readonly [name: string]: HTMLElement;
}
