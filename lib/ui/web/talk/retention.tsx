import { useEffect, useId, useState } from "react";
import type { Conversation } from "../../talk/conversation.ts";
import { changeKeep, findKeep, keepsBeside, keepWords } from "../model/keeping.ts";
import { useAct } from "../parts/pagecontext.ts";

/** How much of a conversation stays on this machine. */
export function Retention({ where }: { readonly where: Conversation }) {
  const act = useAct();
  const id = useId();
  const [before, setKept] = useState<string>();
  useEffect(() => {
    act((model) => findKeep(model, where, setKept));
  }, [act, where]);
  if (before === undefined) return null;
  return (
    <section aria-labelledby={id}>
      <h3 className="label" id={id}>
        Kept on this machine
      </h3>
      <select
        className="field"
        aria-labelledby={id}
        value={before}
        onChange={({ target }) => {
          act((model) => changeKeep(model, where, { before, next: target.value, onKept: setKept }));
        }}
      >
        {keepsBeside(before).map((one) => (
          <option key={one} value={one}>
            {keepWords(one)}
          </option>
        ))}
      </select>
    </section>
  );
}
