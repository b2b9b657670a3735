import { useState } from "react";
import { interpreter } from "../model/interpreter.ts";
import { useAct } from "../parts/pagecontext.ts";

/** The way into a room: by its name, or by a link that somebody gave. */
export function JoinForm() {
  const act = useAct();
  const [typed, setTyped] = useState("");
  const [isNew, setNew] = useState(false);
  const join = (): void => {
    const words = typed.trim();
    if (words === "") return;
    const isLink = words.startsWith("p2pchat://");
    const room = isLink || words.startsWith("#") ? words : `#${words}`;
    setTyped("");
    act((model, now) => {
      if (model.panel?.kind === "join") model.closeAside();
      interpreter.handleTyped(model, now, `${isNew && !isLink ? "/new" : "/join"} ${room}`);
    });
  };
  return (
    <form
      className="join-form"
      onSubmit={(event) => {
        event.preventDefault();
        join();
      }}
    >
      <input
        className="field"
        value={typed}
        placeholder="#room, or an invitation"
        aria-label="A room, or an invitation"
        onChange={({ target }) => setTyped(target.value)}
      />
      <label className="check">
        <input type="checkbox" checked={isNew} onChange={({ target }) => setNew(target.checked)} />A
        new private room
      </label>
      <p className="muted small">
        {isNew
          ? "Whoever is given its link is let in, and nobody else."
          : "Whoever knows the name of an open room may enter it."}
      </p>
      <button type="submit" className="button main" disabled={typed.trim() === ""}>
        {isNew ? "Make it" : "Enter"}
      </button>
    </form>
  );
}
