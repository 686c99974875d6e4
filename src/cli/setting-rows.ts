/** How settings are shown: the same columns and the same fields everywhere. */

import type { ConfigLine } from './context.ts';
import type { Listing } from './tables.ts';

export const SETTING_LISTING: Listing<ConfigLine> = {
  columns: [
    { title: 'SETTING', text: ({ name }) => name },
    { title: 'VALUE', text: ({ value }) => (value === '' ? '-' : value), isFlexible: true },
    { title: 'FROM', text: ({ isDefault }) => (isDefault ? 'default' : 'environment') },
    { title: 'MEANING', text: ({ meaning }) => meaning, isFlexible: true },
  ],
  toJson: ({ name, value, isDefault, meaning }) => ({
    name,
    value: value === '' ? null : value,
    default: isDefault,
    meaning,
  }),
};
