import { type KeyboardEvent, useId, useState } from "react";
import { type Jump, jumpsFor } from "../model/jumps.ts";
import { pageClock } from "../model/pageclock.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { Icon } from "../parts/icon.tsx";
import { OfferList } from "../parts/offerlist.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { useModal } from "../parts/usemodal.ts";

/** Any room, person or command, by a few letters of what it is called. */
export function Jumper({ model }: { readonly model: PageModel }) {
  const act = useAct();
  const dialog = useModal();
  const id = useId();
  const [typed, setTyped] = useState("");
  const [chosen, setChosen] = useState(0);
  const jumps = jumpsFor(model, typed, pageClock.now());

  const take = (jump: Jump | undefined): void => {
    if (jump === undefined) return;
    act((here, now) => {
      here.isJumping = false;
      jump.take(here, now);
    });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const { key } = event;
    const count = Math.max(1, jumps.length);
    if (key === "ArrowDown") setChosen((chosen + 1) % count);
    else if (key === "ArrowUp") setChosen((chosen + count - 1) % count);
    else if (key === "Enter") take(jumps[chosen]);
    else if (isOpener(event)) dialog.current?.close();
    else return;
    event.preventDefault();
  };
  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-label="Go to, or do"
      onClose={() => act((here) => (here.isJumping = false))}
      onPointerDown={({ target, currentTarget }) => {
        if (target === currentTarget) currentTarget.close();
      }}
    >
      <div className="jumper-field">
        <Icon name="search" />
        <input
          value={typed}
          placeholder="A room, a person, or /command"
          aria-label="A room, a person or a command"
          role="combobox"
          aria-expanded={jumps.length > 0}
          aria-controls={id}
          aria-activedescendant={jumps.length > 0 ? `${id}-${chosen}` : undefined}
          autoComplete="off"
          // oxlint-disable-next-line jsx-a11y/no-autofocus: it is all that the dialog is for
          autoFocus
          onChange={({ target }) => {
            setTyped(target.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
        />
        <kbd>Esc</kbd>
      </div>
      {jumps.length === 0 && (
        <p className="jumper-none">Nobody, no room and no command is called so.</p>
      )}
      <OfferList
        className="jumper-list"
        id={id}
        offers={jumps.map(({ key, label, about }) => ({ put: key, what: label, about }))}
        chosen={chosen}
        onTake={(at) => take(jumps[at])}
      />
    </dialog>
  );
}

/** What opens it closes it as Escape does, which brings the keys back to where they were. */
function isOpener({ key, ctrlKey, metaKey }: KeyboardEvent): boolean {
  return key.toLowerCase() === "k" && (ctrlKey || metaKey);
}
