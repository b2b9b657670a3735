export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Size {
  readonly columns: number;
  readonly lines: number;
}

/** Where everything stands: nothing lies over anything, what has no place is reached by a key. */
export interface Layout {
  readonly rooms: Rect | undefined;
  readonly title: Rect | undefined;
  /** None while the people take all of its place. */
  readonly talk: Rect | undefined;
  readonly people: Rect | undefined;
  /** Columns of lines between them. */
  readonly edges: readonly number[];
  /** Says who types, what is below, and how a word may go on. */
  readonly rule: Rect | undefined;
  readonly write: Rect;
  readonly status: Rect | undefined;
  /** The path of the person chosen is shown below the people. */
  readonly hasPath: boolean;
}

/** From so many columns on the people are always shown; below, while a key has them shown. */
const PEOPLE_BESIDE = 90;
/** From so many on the rooms are. */
const ROOMS_BESIDE = 60;
const PATH_LINES_MIN = 20;

/** From so many on there is place for long names at the sides. */
const ROOMY = 120;

const PEOPLE_WIDTH = 30;
const PEOPLE_WIDTH_NARROW = 26;
const ROOMS_WIDTH = 18;
const ROOMS_WIDTH_NARROW = 15;

/** A conversation that would be narrower gives way altogether. */
const TALK_WIDTH_MIN = 30;

/** `writeRows`: how many the text being written takes. */
export function layoutOf(
  { columns, lines }: Size,
  writeRows: number,
  isPeopleAsked: boolean,
): Layout {
  const status = lines >= 3 ? 1 : 0;
  const rule = lines >= 6 ? 1 : 0;
  const title = lines >= 5 ? 1 : 0;
  const written = Math.max(1, Math.min(writeRows, Math.floor(lines / 3)));
  const height = Math.max(1, lines - status - rule - written);

  const isRoomy = columns >= ROOMY;
  const left = isRoomy ? ROOMS_WIDTH : columns >= ROOMS_BESIDE ? ROOMS_WIDTH_NARROW : 0;
  const x = left === 0 ? 0 : left + 1;
  const hasPeople = columns >= PEOPLE_BESIDE || isPeopleAsked;
  const side = isRoomy ? PEOPLE_WIDTH : PEOPLE_WIDTH_NARROW;
  const isBeside = hasPeople && columns - x - side - 1 >= TALK_WIDTH_MIN;
  const right = !hasPeople ? 0 : isBeside ? side : columns - x;
  const width = columns - x - (isBeside ? right + 1 : 0);
  const hasTalk = !hasPeople || isBeside;
  return {
    rooms: left === 0 ? undefined : { x: 0, y: 0, width: left, height },
    title: title === 0 || !hasTalk ? undefined : { x, y: 0, width, height: 1 },
    talk: hasTalk ? { x, y: title, width, height: Math.max(1, height - title) } : undefined,
    people: hasPeople ? { x: columns - right, y: 0, width: right, height } : undefined,
    edges: [...(left === 0 ? [] : [left]), ...(isBeside ? [columns - right - 1] : [])],
    rule: rule === 0 ? undefined : { x: 0, y: height, width: columns, height: 1 },
    write: { x: 0, y: height + rule, width: columns, height: written },
    status: status === 0 ? undefined : { x: 0, y: lines - 1, width: columns, height: 1 },
    hasPath: lines >= PATH_LINES_MIN || !hasTalk,
  };
}
