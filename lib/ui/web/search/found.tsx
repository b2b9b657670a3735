import { lineSafe } from "../../../base/text.ts";
import type { KeptMessageEvent } from "../../../node/sayings.ts";
import { clockTime } from "../../words.ts";
import { markedParts } from "../model/markedparts.ts";
import { pageClock } from "../model/pageclock.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { hueStyle } from "../parts/avatar.tsx";

interface FoundProps {
  readonly model: PageModel;
  readonly message: KeptMessageEvent;
  /** What was searched for. */
  readonly words: string;
  readonly onShow: () => void;
}

/** A message that was found, and the way there. */
export function Found({ model, message, words, onShow }: FoundProps) {
  const { from, room, text, sentAtMs } = message;
  return (
    <button type="button" className="found" onClick={onShow}>
      <span className="found-head">
        <span className="name person" style={hueStyle(from.id)}>
          {lineSafe(model.view.nameOf(from))}
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
}
