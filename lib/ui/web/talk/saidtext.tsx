import { lineSafe, screenSafe } from "../../../base/text.ts";
import type { Who } from "../../../node/events.ts";
import type { Saying } from "../../talk/timeline.ts";
import { interpreter } from "../model/interpreter.ts";
import { isOnlyEmoji, type SaidPart, saidParts } from "../model/saidparts.ts";
import { useAct } from "../parts/pagecontext.ts";

interface SaidTextProps {
  readonly saying: Saying;
  readonly name: string;
  readonly me: Who;
}

/** What was said: text, and nothing that it could make of itself but links to the web. */
export function SaidText({ saying, name, me }: SaidTextProps) {
  const { isDeleted, isAction, isEdited, isLate } = saying;
  if (isDeleted) return <p className="said taken-back">taken back</p>;
  const text = screenSafe(saying.text);
  const classes = ["said"];
  if (isAction) classes.push("action");
  if (isOnlyEmoji(text)) classes.push("big");
  return (
    <p className={classes.join(" ")}>
      {isAction && `${lineSafe(name)} `}
      {saidParts(text, me).map((part, at) => (
        // Parts of one text have no name but their place.
        // oxlint-disable-next-line react/no-array-index-key
        <Part key={at} part={part} />
      ))}
      {isEdited && <span className="mark">changed</span>}
      {isLate && (
        <span className="mark" title="It belongs before something that was shown already">
          came late
        </span>
      )}
    </p>
  );
}

function Part({ part }: { readonly part: SaidPart }) {
  const act = useAct();
  switch (part.kind) {
    case "text":
      return part.text;
    case "link":
      return (
        <a href={part.href} target="_blank" rel="noopener noreferrer">
          {part.text}
        </a>
      );
    case "invitation":
      return (
        <button
          type="button"
          className="button follow"
          onClick={() => {
            act((model, now) => {
              interpreter.give(model, now, {
                type: "follow",
                req: model.nextReq(),
                link: part.text,
              });
            });
          }}
        >
          Follow the invitation
        </button>
      );
    case "mention":
      return <span className={part.isMe ? "at me" : "at"}>{part.text}</span>;
    case "code":
      return <code>{part.text}</code>;
    default:
      return part satisfies never;
  }
}
