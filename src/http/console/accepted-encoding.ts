/** Which of the forms that an asset is stored in a client takes (RFC 9110 §12.5.3). */

import type { AssetEncoding } from './built-console.ts';

/** In the order of our preference: the smallest first. */
const COMPRESSED = ['br', 'gzip'] as const;

export function acceptedEncoding(header: string | string[] | undefined): AssetEncoding {
  const weights = new Map<string, number>();
  for (const part of [header].flat().join(',').toLowerCase().split(',')) {
    const [coding = '', ...parameters] = part.split(';').map((word) => word.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    weights.set(coding, weight === undefined ? 1 : Number(weight.slice(2)));
  }
  const others = weights.get('*') ?? 0;
  return COMPRESSED.find((coding) => (weights.get(coding) ?? others) > 0) ?? 'identity';
}
