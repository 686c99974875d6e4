/** Colours and measures: those of the server's own pages, with enough contrast in both schemes. */

import {
  Badge,
  type CSSVariablesResolver,
  createTheme,
  InputWrapper,
  type MantineColorsTuple,
  Menu,
  Modal,
  ModalHeader,
  NavLink,
  Notification,
} from '@mantine/core';

const BRAND: MantineColorsTuple = [
  '#eef1fc',
  '#dbe1f8',
  '#b6c2ef',
  '#8fa1e6',
  '#6d84de',
  '#4f69d2',
  '#2f4fc4',
  '#26419f',
  '#1f3580',
  '#182a66',
];

/** Its first is text, its eighth the ground of cards, its seventh that of fields. */
const DARK: MantineColorsTuple = [
  '#e8ebf2',
  '#c3cad8',
  '#a3adbf',
  '#7d889d',
  '#3a4456',
  '#2b3342',
  '#1f2633',
  '#191f2a',
  '#141a23',
  '#10141c',
];

export const THEME = createTheme({
  primaryColor: 'brand',
  primaryShade: { light: 6, dark: 5 },
  colors: { brand: BRAND, dark: DARK },
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace',
  headings: { fontWeight: '650' },
  components: {
    Badge: Badge.extend({ defaultProps: { tt: 'none', fw: 600, miw: 'max-content' } }),
    // Every field must be filled in unless it says otherwise.
    InputWrapper: InputWrapper.extend({ defaultProps: { withAsterisk: false } }),
    // Without the empty element that would take the first focus, and beside its button: what floats
    // elsewhere is outside of every landmark.
    Menu: Menu.extend({
      defaultProps: { withinPortal: false, withInitialFocusPlaceholder: false },
    }),
    Modal: Modal.extend({
      defaultProps: { closeButtonProps: { 'aria-label': 'Close' } },
      styles: { title: { fontWeight: 650 } },
    }),
    // Its element is that of a page's banner, of which there is one already.
    ModalHeader: ModalHeader.extend({ defaultProps: { role: 'presentation' } }),
    Notification: Notification.extend({
      defaultProps: { closeButtonProps: { 'aria-label': 'Close' } },
    }),
    NavLink: NavLink.extend({ defaultProps: { bdrs: 'md' } }),
  },
});

/** What the library draws too pale to be read by everybody (WCAG 2.2, 1.4.3). */
export const VARIABLES: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#566075',
    '--mantine-color-placeholder': '#667085',
    '--mantine-color-error': '#b3261e',
    '--mantine-color-anchor': '#2f4fc4',
    '--mantine-color-orange-light-color': '#8a3503',
    '--mantine-color-teal-light-color': '#0a5947',
    '--mantine-color-green-light-color': '#12633d',
    '--mantine-color-red-light-color': '#9b1c14',
    '--mantine-color-yellow-light-color': '#6e4400',
    '--console-ground': '#f4f5f7',
    '--console-sunken': '#f8f9fb',
    '--console-line': '#dfe3ea',
  },
  dark: {
    '--mantine-color-dimmed': '#a3adbf',
    '--mantine-color-placeholder': '#8d98ac',
    '--mantine-color-error': '#ff9d95',
    '--mantine-color-anchor': '#a9baff',
    '--mantine-color-orange-light': 'rgb(232 89 12 / 16%)',
    '--mantine-color-orange-light-color': '#ffc9a3',
    '--mantine-color-brand-light': 'rgb(79 105 210 / 28%)',
    '--mantine-color-brand-light-hover': 'rgb(79 105 210 / 36%)',
    '--mantine-color-brand-light-color': '#cfd8ff',
    '--mantine-color-red-light': 'rgb(250 82 82 / 16%)',
    '--mantine-color-red-light-color': '#ffa8a8',
    '--mantine-color-yellow-light': 'rgb(252 196 25 / 14%)',
    '--mantine-color-yellow-light-color': '#ffe066',
    '--console-ground': '#10141c',
    '--console-sunken': '#141a23',
    '--console-line': '#2b3342',
  },
});
