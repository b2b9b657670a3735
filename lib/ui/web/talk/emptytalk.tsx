import type { Conversation } from "../../talk/conversation.ts";
import type { FirstStep } from "../../talk/firststeps.ts";
import { interpreter } from "../model/interpreter.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { Icon } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";

interface EmptyTalkProps {
  readonly model: PageModel;
  readonly where: Conversation;
}

/** Where nothing was said yet. */
export function EmptyTalk({ model, where }: EmptyTalkProps) {
  const steps = model.steps.list(model.standing);
  const { title, words } = emptyWords(where);
  return (
    <div className="empty">
      <h3>{title}</h3>
      <p>{words}</p>
      {steps.length > 0 && where.isRoom && (
        <ul className="steps" aria-label="First steps">
          {steps.map((step) => (
            <li key={step.what}>
              <Step step={step} />
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function emptyWords(where: Conversation) {
  if (!where.isRoom) {
    return {
      title: "Nothing was said here yet",
      words: "What you write goes to them and to nobody else, and waits here if they are away.",
    };
  }
  if (!where.isLonely) {
    return { title: "Nothing was said here yet", words: "What you say goes to all who are in it." };
  }
  return {
    title: "Nobody else is here yet",
    words: "This room is fine; you are just early. What you say now is there for who comes later.",
  };
}

function Step({ step: { what, how, isDone } }: { readonly step: FirstStep }) {
  const act = useAct();
  const words = what.charAt(0).toUpperCase() + what.slice(1);
  // Where a name is to follow, it is the person who knows whose.
  const isWhole = how !== "" && !/[A-Z]{2}/.test(how);
  if (isDone || !isWhole) {
    return (
      <span className={isDone ? "step done" : "step"}>
        <Icon name={isDone ? "check" : "circle"} />
        {words}
        {isDone ? <span className="hidden">, done</span> : <span className="how">{how}</span>}
      </span>
    );
  }
  return (
    <button
      type="button"
      className="step"
      onClick={() => act((model, now) => interpreter.handleTyped(model, now, how))}
    >
      <Icon name="circle" />
      {words}
      <span className="how">{how}</span>
    </button>
  );
}
