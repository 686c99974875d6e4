/**
 * The few icons of the console, drawn here on a grid of 24: the usual packages bring thousands of
 * them, which every first start would install.
 */

import type { ReactNode } from 'react';

interface IconProps {
  readonly size?: number;
  /** Only where no text beside it says the same. */
  readonly 'aria-label'?: string;
}

export type Icon = (props: IconProps) => ReactNode;

/** From the strokes of an icon, each an SVG path. */
function icon(...strokes: readonly string[]): Icon {
  return ({ size = 24, 'aria-label': label }) => (
    // biome-ignore lint/a11y/noSvgWithoutTitle: it has a label, or is hidden beside its text
    <svg
      viewBox="0 0 24 24"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth={2}
      strokeLinecap="round"
      strokeLinejoin="round"
      {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}
    >
      {strokes.map((stroke) => (
        <path key={stroke} d={stroke} />
      ))}
    </svg>
  );
}

const circle = (x: number, y: number, radius: number) =>
  `M${x - radius} ${y}a${radius} ${radius} 0 1 0 ${2 * radius} 0a${radius} ${radius} 0 1 0 ${-2 * radius} 0`;

export const IconAlertTriangle = icon('M12 3.5 2.5 20h19z', 'M12 10v4', 'M12 17h.01');
export const IconArrowDown = icon('M12 5v14', 'M6 13l6 6 6-6');
export const IconArrowUp = icon('M12 19V5', 'M6 11l6-6 6 6');
export const IconArrowsExchange = icon('M4 8h15', 'M15 4l4 4-4 4', 'M20 16H5', 'M9 12l-4 4 4 4');
export const IconArrowsSort = icon('M8 19V5', 'M4 9l4-4 4 4', 'M16 5v14', 'M12 15l4 4 4-4');
export const IconCheck = icon('M5 12.5l5 5L19.5 7');
export const IconChevronDown = icon('M6 9.5l6 6 6-6');
export const IconCopy = icon('M9 9h11v11H9z', 'M15 9V4H4v11h5');
export const IconDeviceDesktop = icon('M3 5h18v11H3z', 'M8 20h8', 'M12 16v4');
export const IconDevices = icon('M13 18H3V5h16v4', 'M14 9h7v11h-7z', 'M17.5 17h.01');
export const IconDownload = icon('M12 4v11', 'M7 10.5l5 5 5-5', 'M4 20h16');
export const IconFileText = icon('M6 3h8l4 4v14H6z', 'M9 12h6', 'M9 16h6');
export const IconKey = icon(circle(8, 15, 4.5), 'M11.2 11.8 20 3', 'M16 7l3 3');
export const IconLayoutDashboard = icon(
  'M4 4h7v9H4z',
  'M4 17h7v3H4z',
  'M15 11h5v9h-5z',
  'M15 4h5v3h-5z',
);
export const IconLogout = icon('M13 4H5v16h8', 'M10 12h11', 'M17 8l4 4-4 4');
export const IconMoon = icon('M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z');
export const IconPlayerPause = icon('M8 5v14', 'M16 5v14');
export const IconPlayerPlay = icon('M7 4.5v15l12-7.5z');
export const IconPlus = icon('M12 5v14', 'M5 12h14');
export const IconPointFilled = icon(circle(12, 12, 2), 'M12 12h.01');
export const IconRefresh = icon(
  'M19.5 10A8 8 0 0 0 5 8',
  'M4 4v4.5h4.5',
  'M4.5 14A8 8 0 0 0 19 16',
  'M20 20v-4.5h-4.5',
);
export const IconSearch = icon(circle(10.5, 10.5, 6.5), 'M15.5 15.5 21 21');
export const IconSettings = icon(
  'M4 7h9',
  'M17 7h3',
  circle(15, 7, 2),
  'M4 17h3',
  'M11 17h9',
  circle(9, 17, 2),
);
export const IconSun = icon(
  circle(12, 12, 4),
  'M12 2.5v1.5',
  'M12 20v1.5',
  'M2.5 12h1.5',
  'M20 12h1.5',
  'M5.3 5.3l1 1',
  'M17.7 17.7l1 1',
  'M5.3 18.7l1-1',
  'M17.7 6.3l1-1',
);
export const IconTrash = icon('M4 7h16', 'M9 7V4h6v3', 'M6 7l1 13h10l1-13', 'M10 11v6', 'M14 11v6');
export const IconUpload = icon('M12 16V5', 'M7 9.5l5-5 5 5', 'M4 20h16');
export const IconUser = icon(circle(12, 8, 4), 'M4.5 20.5a7.5 7.5 0 0 1 15 0');
export const IconUserCircle = icon(
  circle(12, 12, 9),
  circle(12, 10, 3),
  'M6.5 18.8a6 6 0 0 1 11 0',
);
export const IconUserPlus = icon(
  circle(10, 8, 4),
  'M3 20.5a7 7 0 0 1 12-4.9',
  'M18 14v7',
  'M14.5 17.5h7',
);
export const IconUsers = icon(
  circle(9, 8, 4),
  'M2 20.5a7 7 0 0 1 14 0',
  'M16 4.3a4 4 0 0 1 0 7.4',
  'M18.5 14.5a7 7 0 0 1 3.5 6',
);
