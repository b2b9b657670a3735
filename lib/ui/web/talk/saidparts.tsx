import { interpreter } from "../model/interpreter.ts";
import type { SaidPart } from "../model/saidparts.ts";
import { useAct } from "../parts/pagecontext.ts";

/** A text, each part of it in its own way. */
export function SaidParts({ parts }: { readonly parts: readonly SaidPart[] }) {
  return parts.map((part, at) => (
    // Parts of one text have no name but their place.
    // oxlint-disable-next-line react/no-array-index-key
    <Part key={at} part={part} />
  ));
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
