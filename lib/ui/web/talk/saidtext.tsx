import { useId } from "react";
import { lineSafe, screenSafe } from "../../../base/text.ts";
import type { Who } from "../../../node/events.ts";
import type { Saying } from "../../talk/timeline.ts";
import { folded, foldOf } from "../model/fold.ts";
import { isOnlyEmoji, saidParts } from "../model/saidparts.ts";
import { FoldButton } from "./foldbutton.tsx";
import { SaidParts } from "./saidparts.tsx";

interface SaidTextProps {
  readonly saying: Saying;
  readonly name: string;
  readonly me: Who;
  /** Whether all of it is shown, however long it is. */
  readonly isWhole: boolean;
}

/** What was said: text, and nothing that it could make of itself but links to the web. */
export function SaidText({ saying, name, me, isWhole }: SaidTextProps) {
  const id = useId();
  if (saying.isDeleted) return <p className="said taken-back">taken back</p>;
  const text = screenSafe(saying.text);
  const fold = foldOf(text);
  const classes = ["said"];
  if (saying.isAction) classes.push("action");
  if (isOnlyEmoji(text)) classes.push("big");
  if (fold !== undefined && !isWhole) classes.push("folded");
  const [head, rest] = folded(saidParts(text, me), fold?.at ?? Infinity);
  return (
    <>
      <p className={classes.join(" ")} id={id}>
        {saying.isAction && `${lineSafe(name)} `}
        <SaidParts parts={head} />
        {isWhole && <SaidParts parts={rest} />}
        {fold === undefined && <Marks saying={saying} />}
      </p>
      {fold !== undefined && (
        <div className="fold">
          <FoldButton id={saying.id} fold={fold} isWhole={isWhole} textId={id} />
          <Marks saying={saying} />
        </div>
      )}
    </>
  );
}

function Marks({ saying: { isEdited, isLate } }: Pick<SaidTextProps, "saying">) {
  return (
    <>
      {isEdited && <span className="mark">changed</span>}
      {isLate && (
        <span className="mark" title="It belongs before something that was shown already">
          came late
        </span>
      )}
    </>
  );
}
