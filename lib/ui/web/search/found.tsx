import { memo } from "react";
import { lineSafe } from "../../../base/text.ts";
import type { KeptMessageEvent } from "../../../node/sayings.ts";
import { clockTime } from "../../words.ts";
import { markedParts } from "../model/markedparts.ts";
import { showFind } from "../model/searching.ts";
import { pageClock } from "../model/pageclock.ts";
import { hueStyle } from "../parts/avatar.tsx";
import { useAct } from "../parts/pagecontext.ts";

interface FoundProps {
  readonly message: KeptMessageEvent;
  /** Of whoever said it. */
  readonly name: string;
  /** What was searched for. */
  readonly words: string;
}

/** A message that was found, and the way there; whatever else comes, it stays as it is. */
export const Found = memo(function Found({ message, name, words }: FoundProps) {
  const act = useAct();
  const { from, room, text, sentAtMs } = message;
  const show = (): void => {
    act((model, now) => {
      showFind(model, now, message, words);
      // What it was opened over is what is to be seen now.
      if (matchMedia("(width < 960px)").matches) model.closeAside();
    });
  };
  return (
    <button type="button" className="found" onClick={show}>
      <span className="found-head">
        <span className="name person" style={hueStyle(from.id)}>
          {lineSafe(name)}
        </span>
        <span>{lineSafe(room)}</span>
        <time>{clockTime(sentAtMs, pageClock.now())}</time>
      </span>
      <span className="found-text">
        {markedParts(lineSafe(text), words).map(({ text: part, isMarked }, at) => {
          // oxlint-disable-next-line react/no-array-index-key: parts of one text have no other name
          return isMarked ? <mark key={at}>{part}</mark> : part;
        })}
      </span>
    </button>
  );
});
