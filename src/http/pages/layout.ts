/** What every page has in common, and the headers that it is sent with. */

import type { FastifyReply } from 'fastify';
import { type Content, html, type Markup } from './markup.ts';
import { STYLESHEET_URL } from './stylesheet.ts';

/**
 * No script, no frame, nothing from elsewhere. `same-origin` and not `no-referrer`: with that,
 * browsers write `Origin: null` on our own forms, and over plain http nothing else says that they
 * are ours. Other sites get no referrer either way.
 */
export const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; " +
    "frame-ancestors 'none'",
  'content-type': 'text/html; charset=utf-8',
  'cross-origin-opener-policy': 'same-origin',
  'referrer-policy': 'same-origin',
};

export interface Page {
  readonly title: string;
  /** `narrow` for one form in the middle, `wide` for lists. */
  readonly width: 'narrow' | 'wide';
  /** Beside the product's name, at the top. */
  readonly header?: Content;
  readonly main: Content;
}

export function sendPage(reply: FastifyReply, page: Page): FastifyReply {
  return reply.headers(PAGE_HEADERS).serializer(String).send(writePage(page).text);
}

function writePage({ title, width, header, main }: Page): Markup {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="stylesheet" href="${STYLESHEET_URL}">
</head>
<body class="${width}">
<header class="top">
<span class="brand">${MARK}<span>Sallyport</span></span>
${header}
</header>
<main>
${main}
</main>
</body>
</html>
`;
}

/** A gate with a way through: drawn here, because nothing may be loaded. */
const MARK = html`<svg class="mark" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true">
<path class="mark-wall" d="M4 7h4V4h5v3h6V4h5v3h4v19a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3z"/>
<path class="mark-door" d="M11 29V19a5 5 0 0 1 10 0v10z"/>
</svg>`;

/** What happened or went wrong, read out by screen readers when the page arrives. */
export function notice(kind: 'error' | 'done' | 'hint', content: Content): Markup {
  const role = kind === 'error' ? 'alert' : 'status';
  return html`<div class="notice notice-${kind}" role="${role}">${content}</div>`;
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: 'text' | 'password';
  readonly autocomplete: 'username' | 'current-password' | 'new-password';
  readonly value?: string;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  readonly hasFocus?: boolean;
}

export function field(input: Field): Markup {
  const { name, label, type, autocomplete, value, hint, error, hasFocus } = input;
  const isName = autocomplete === 'username';
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ');
  return html`<div class="field">
<label for="${name}">${label}</label>
${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
${error && html`<p class="field-error" id="${name}-error">${error}</p>`}
<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" required
${value !== undefined && html` value="${value}"`}
${isName && html` autocapitalize="none" autocorrect="off" spellcheck="false"`}
${described !== '' && html` aria-describedby="${described}"`}
${error && html` aria-invalid="true"`}
${hasFocus && html` autofocus`}>
</div>`;
}

/** Unix milliseconds for people; all pages speak of one clock and say which. */
export function time(ms: number): Markup {
  const iso = new Date(ms).toISOString();
  return html`<time datetime="${iso}">${TIME_FORMAT.format(ms)} UTC</time>`;
}

const TIME_FORMAT = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
});
