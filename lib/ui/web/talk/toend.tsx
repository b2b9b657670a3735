import type { Conversation } from "../../talk/conversation.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { Icon } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";

interface ToEndProps {
  readonly model: PageModel;
  readonly where: Conversation;
}

/** What has come below of what is seen, and the way there. */
export function ToEnd({ model, where }: ToEndProps) {
  const act = useAct();
  const { anchor } = model.scrolls.of(where);
  if (anchor.kind === "end" && !where.timeline.hasAfter) return null;
  const { count } = where.unread;
  return (
    <button
      type="button"
      className={count > 0 ? "to-end calls" : "to-end"}
      onClick={() => act((here, now) => here.toEnd(now))}
    >
      <Icon name="down" />
      {count > 0 ? `${count} new` : "To the end"}
    </button>
  );
}
