import type { Who } from "../../../node/events.ts";
import type { Saying } from "../../talk/timeline.ts";

interface ReactionsProps {
  readonly reactions: Saying["reactions"];
  readonly me: Who;
  readonly onReact: (emoji: string) => void;
}

/** Who has put what to a message; a press does the same, or takes it off again. */
export function Reactions({ reactions, me, onReact }: ReactionsProps) {
  return (
    <div className="reactions">
      {reactions.map(({ emoji, by }) => {
        const names = by.map((who) => (who.id === me.id ? "you" : who.name)).join(", ");
        return (
          <button
            key={emoji}
            type="button"
            className="reaction"
            aria-pressed={by.some((who) => who.id === me.id)}
            title={names}
            onClick={() => onReact(emoji)}
          >
            <span>{emoji}</span>
            <span>{by.length}</span>
            <span className="hidden">, by {names}</span>
          </button>
        );
      })}
    </div>
  );
}
