import { type MouseEvent, StyledText, type TextChunk } from "@opentui/core";
import { memo, useSyncExternalStore } from "react";
import type { Frame, Pane } from "./frame.ts";
import type { Row, Style } from "./rows.ts";

/** Where the screen to be drawn comes from. */
export interface FrameSource {
  readonly subscribe: (onChange: () => void) => () => void;
  readonly frame: () => Frame;
}

/** Where what the mouse does goes, by cells. */
export interface Pointer {
  /** The first button. */
  readonly press: (x: number, y: number) => void;
  readonly drag: () => void;
  readonly wheel: (x: number, y: number, isUp: boolean) => void;
}

interface AppProps {
  readonly source: FrameSource;
  readonly inks: Inks;
  readonly pointer: Pointer;
}

export type Inks = Readonly<Record<Style, Omit<TextChunk, "__isChunk" | "text">>>;

/** As terminals number them. */
const LEFT_BUTTON = 0;

/** The screen: its parts are laid out by cells already, and only drawn here. */
export function App({ source, inks, pointer }: AppProps) {
  const frame = useSyncExternalStore(source.subscribe, source.frame);
  const onMouseDown = ({ button, x, y }: MouseEvent): void => {
    if (button === LEFT_BUTTON) pointer.press(x, y);
  };
  const onMouseDrag = (): void => pointer.drag();
  const onMouseScroll = ({ scroll, x, y }: MouseEvent): void => {
    const way = scroll?.direction;
    if (way === "up" || way === "down") pointer.wheel(x, y, way === "up");
  };
  return (
    <box
      width={frame.columns}
      height={frame.lines}
      onMouseDown={onMouseDown}
      onMouseDrag={onMouseDrag}
      onMouseScroll={onMouseScroll}
    >
      {frame.panes.map((pane, i) => (
        <PaneBox key={`${i} ${pane.name}`} pane={pane} inks={inks} />
      ))}
    </box>
  );
}

function PaneBox({ pane, inks }: { readonly pane: Pane; readonly inks: Inks }) {
  const { x, y, width, height, rows } = pane;
  return (
    <box position="absolute" left={x} top={y} width={width} height={height}>
      {rows.map((row, i) => (
        <RowText key={i} row={row} width={width} inks={inks} />
      ))}
    </box>
  );
}

interface RowProps {
  readonly row: Row;
  readonly width: number;
  readonly inks: Inks;
}

/** Drawn anew only where it has changed. */
const RowText = memo(
  ({ row, width, inks }: RowProps) => (
    <text
      width={width}
      height={1}
      flexShrink={0}
      wrapMode="none"
      selectable={false}
      content={styled(row, inks)}
    />
  ),
  (before, after) =>
    before.width === after.width && before.inks === after.inks && isSame(before.row, after.row),
);

function isSame(a: Row, b: Row): boolean {
  if (a.length !== b.length) return false;
  return a.every(({ text, style }, i) => b[i]?.text === text && b[i].style === style);
}

function styled(row: Row, inks: Inks): StyledText {
  return new StyledText(row.map(({ text, style }) => ({ __isChunk: true, text, ...inks[style] })));
}
