const PATHS = {
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM14 14l-3.4-3.4",
  lock: "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  people:
    "M6 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM1.5 13.5c.3-2.7 2-4 4.5-4s4.2 1.3 4.5 4" +
    "M11 2.9a2.4 2.4 0 0 1 0 4.3M12.3 9.9c1.4.6 2.1 1.8 2.2 3.6",
  back: "M10 3 5 8l5 5",
  close: "m4 4 8 8M12 4l-8 8",
  reply: "M6.5 4 2.5 8l4 4M2.5 8H9c3 0 4.5 1.6 4.5 4.5",
  smile:
    "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM5.7 9.5c.5.8 1.3 1.2 2.3 1.2s1.8-.4 2.3-1.2" +
    "M6 6.4v.1M10 6.4v.1",
  edit: "M10.5 3 13 5.5 6 12.5l-3.2.7.7-3.2zM9 4.5 11.5 7",
  trash: "M3 4.5h10M6.5 4.5v-2h3v2M4.5 4.5l.6 9h5.8l.6-9",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  send: "M2.5 8 13.5 2.8 10.3 13.5 7.6 9zM7.6 9l5.9-6.2",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 7.3v3.4M8 5.2v.1",
  warn: "M8 2.5 14.5 13.5h-13zM8 6.8v3.2M8 11.8v.1",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 4.8V8l2.2 1.4",
  down: "M8 3v10M4 9l4 4 4-4",
  shield: "M8 1.8 13.2 3.7v4c0 3.2-2 5.5-5.2 6.6-3.2-1.1-5.2-3.4-5.2-6.6v-4zM5.7 8l1.7 1.7 3-3.2",
  network:
    "M8 5.2a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6Z" +
    "M3.4 14.2a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6Z" +
    "M12.6 14.2a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6ZM7.2 5 4.2 10.8M8.8 5l3 5.8" +
    "M5.2 12.4h5.6",
  settings: "M2 4.5h7M12.5 4.5H14M9 2.8h3.4v3.4H9zM2 11.5h1.5M7 11.5h7M3.6 9.8H7v3.4H3.6z",
  invite:
    "M6.5 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Z" +
    "M2 13.5c.3-2.7 2-4 4.5-4 .9 0 1.7.2 2.4.5M12 9.5v5M9.5 12h5",
  plus: "M8 3v10M3 8h10",
  check: "m3.5 8.5 3 3 6-7",
  circle: "M8 13.5a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11Z",
  block: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM3.8 3.8l8.4 8.4",
  leave: "M9.5 3h-6v10h6M7 8h7M11.5 5.5 14 8l-2.5 2.5",
  retry: "M13.2 8a5.2 5.2 0 1 1-1.6-3.8M13.4 2.3v3.2h-3.2",
  bell: "M4 11V7a4 4 0 0 1 8 0v4l1 1.2H3zM6.8 13.8h2.4",
  more: "M3.5 8v.1M8 8v.1M12.5 8v.1",
} as const;

export type IconName = keyof typeof PATHS;

/** A small drawing; what it means is said beside it. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
