import { answer, type Question } from "../model/question.ts";
import { useAct } from "../parts/pagecontext.ts";
import { useModal } from "../parts/usemodal.ts";

/** Asks before something is done; the way out is what the keys are on. */
export function QuestionDialog({ question }: { readonly question: Question }) {
  const act = useAct();
  const dialog = useModal();
  const say = (isYes: boolean): void => {
    // Closed first, so that the focus is back before anything else takes it.
    dialog.current?.close();
    act((model, now) => answer(model, now, question, isYes));
  };
  return (
    <dialog
      ref={dialog}
      className="dialog question"
      role="alertdialog"
      onClose={() => act((model, now) => answer(model, now, question, false))}
      aria-labelledby="question-title"
      aria-describedby="question-text"
    >
      <h2 id="question-title">{question.title}</h2>
      <p id="question-text" className="muted">
        {question.text}
      </p>
      <div className="panel-actions">
        <button type="button" className="button" onClick={() => say(false)}>
          Cancel
        </button>
        <button type="button" className="button bad" onClick={() => say(true)}>
          {question.deed}
        </button>
      </div>
    </dialog>
  );
}
