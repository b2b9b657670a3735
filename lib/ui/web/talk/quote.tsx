import { lineSafe } from "../../../base/text.ts";
import type { ReplyTo } from "../../../node/sayings.ts";
import { NOT_HERE } from "../../words.ts";
import { hueStyle } from "../parts/avatar.tsx";
import { Icon } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";

interface QuoteProps {
  readonly replyTo: ReplyTo;
  readonly name: string;
}

/** What a message answers, and the way there. */
export function Quote({ replyTo: { id, from, text }, name }: QuoteProps) {
  const act = useAct();
  return (
    <button
      type="button"
      className="quote"
      tabIndex={-1}
      onClick={() => {
        act((model, now) => {
          const where = model.current;
          if (where !== undefined) model.reveal(where, id, now);
        });
      }}
    >
      <Icon name="reply" />
      <span className="hidden">Answers </span>
      <span className="name person" style={hueStyle(from.id)}>
        {lineSafe(name)}
      </span>
      <span className="words">{text === null ? NOT_HERE : lineSafe(text)}</span>
    </button>
  );
}
