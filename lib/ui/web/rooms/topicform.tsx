import { useEffect, useId, useState } from "react";
import { lineSafe } from "../../../base/text.ts";
import { topicFault } from "../../../contract/topictext.ts";
import type { Conversation } from "../../talk/conversation.ts";
import { setTopic } from "../model/topics.ts";
import { useAct } from "../parts/pagecontext.ts";

/** What a room is about, for whoever is in it to say otherwise. */
export function TopicForm({ where }: { readonly where: Conversation }) {
  const act = useAct();
  const id = useId();
  const { key: room } = where;
  const topic = lineSafe(where.topic ?? "");
  /** Undefined as long as nobody says otherwise. */
  const [typed, setTyped] = useState<string>();
  useEffect(() => {
    setTyped((now) => (now?.trim() === topic ? undefined : now));
  }, [topic]);
  const text = typed ?? topic;
  const isChanged = text.trim() !== topic;
  const fault = topicFault(text.trim());
  return (
    <section aria-labelledby={id}>
      <h3 className="label" id={id}>
        What it is about
      </h3>
      <form
        className="panel-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (isChanged) act((model, now) => setTopic(model, now, room, text));
        }}
      >
        <input
          className="field"
          aria-labelledby={id}
          aria-describedby={`${id}-note`}
          aria-invalid={fault !== undefined}
          value={text}
          placeholder="Nobody has said so yet"
          onChange={({ target }) => setTyped(target.value)}
        />
        {isChanged && (
          <>
            <button type="submit" className="button main" disabled={fault !== undefined}>
              {text.trim() === "" ? "Say nothing of it" : "Tell the room"}
            </button>
            <button type="button" className="button" onClick={() => setTyped(undefined)}>
              Undo
            </button>
          </>
        )}
      </form>
      <p className="muted small" id={`${id}-note`} role={fault === undefined ? undefined : "alert"}>
        {fault ?? "Whoever is in the room sees it, and may say otherwise."}
      </p>
    </section>
  );
}
