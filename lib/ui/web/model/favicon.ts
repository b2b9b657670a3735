/** Two that talk, as on the screen before the first room. */
const TWO =
  '<rect width="32" height="32" rx="8" fill="#0b6656"/>' +
  '<path d="M4 21.5v-5.5a5.5 5.5 0 1 1 5.5 5.5z" fill="#fff"/>' +
  '<path d="M27 20.5v-4.5a4.5 4.5 0 1 0-4.5 4.5z" fill="none" stroke="#fff" stroke-width="2"/>';

const DOT = '<circle cx="25" cy="7" r="6" fill="#e5533d" stroke="#fff" stroke-width="2"/>';

/** What stands for the page among other tabs: with a dot, where something is unread. */
export function faviconOf(hasUnread: boolean): string {
  const drawn = hasUnread ? TWO + DOT : TWO;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${drawn}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
