import { useRef } from "react";
import { lineSafe } from "../../../base/text.ts";
import { interpreter } from "../model/interpreter.ts";
import { useAct } from "../parts/pagecontext.ts";
import { useModal } from "../parts/usemodal.ts";

/** Asks for the secret of a private room; nothing of it is shown, or said. */
export function SecretDialog({ room }: { readonly room: string }) {
  const act = useAct();
  const dialog = useModal();
  const field = useRef<HTMLInputElement>(null);
  const leave = (): void => act((model) => (model.secretFor = undefined));
  return (
    <dialog ref={dialog} className="dialog" onClose={leave} aria-labelledby="secret-title">
      <form
        className="secret"
        onSubmit={(event) => {
          event.preventDefault();
          const typed = field.current?.value ?? "";
          event.currentTarget.reset();
          act((model, now) => interpreter.enterSecret(model, now, room, typed));
        }}
      >
        <h2 id="secret-title">The secret of {lineSafe(room)}</h2>
        <p className="muted">Whoever knows it can read along. What you type is shown to nobody.</p>
        <input
          className="field"
          ref={field}
          type="password"
          autoComplete="off"
          aria-label={`Secret of ${lineSafe(room)}`}
          // oxlint-disable-next-line jsx-a11y/no-autofocus: it is all that the dialog is for
          autoFocus
        />
        <div className="panel-actions">
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            Cancel
          </button>
          <button type="submit" className="button main">
            Enter the room
          </button>
        </div>
      </form>
    </dialog>
  );
}
