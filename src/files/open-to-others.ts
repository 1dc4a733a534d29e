import type { Stats } from 'node:fs';

/**
 * Whether others can get at a file that holds a secret. The rule is libpq's for key files: 0600 or
 * less where the file is one's own, 0640 or less where it belongs to somebody else, such as root in a
 * container's secret volume. A pipe or a device has no mode that says anything.
 *
 * @returns the mode in octal digits, such as `0644`, when they can.
 */
export function openToOthers(file: Stats): string | undefined {
  if (process.platform === 'win32' || !file.isFile()) return undefined;
  const forbidden = file.uid === process.getuid?.() ? 0o077 : 0o037;
  if ((file.mode & forbidden) === 0) return undefined;
  return (file.mode & 0o777).toString(8).padStart(4, '0');
}
