const BOM = '\uFEFF';
/** What `echo text > aad` leaves behind it: in a POSIX shell, in PowerShell 7, and in cmd.exe, which keeps the space before the arrow. */
const ENDS = ['\n', '\r\n', ' ', ' \n', ' \r\n'];

/**
 * The additional data as files of people hold it, beside the exact one. Editors of Windows write a byte order mark, and PowerShell 5 writes
 * UTF-16 (https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_character_encoding). None of these can be the
 * data of another request or co-signer: id and name stand in each of them.
 */
export const spellingsOf = (aad: string): readonly Uint8Array[] => [
  ...[...ENDS.map((end) => `${aad}${end}`), ...['', '\n', '\r\n'].map((end) => `${BOM}${aad}${end}`)].map((text) =>
    Buffer.from(text, 'utf8'),
  ),
  ...['', '\r\n'].map((end) => Buffer.from(`${BOM}${aad}${end}`, 'utf16le')),
];
