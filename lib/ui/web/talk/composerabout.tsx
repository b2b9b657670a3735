import { lineSafe } from "../../../base/text.ts";
import type { Conversation } from "../../talk/conversation.ts";
import { quoted } from "../../words.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { Icon } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { Sign } from "../parts/sign.tsx";

interface ComposerAboutProps {
  readonly model: PageModel;
  readonly where: Conversation;
}

/** What the message that is being written answers, or is a change of. */
export function ComposerAbout({ model, where }: ComposerAboutProps) {
  const act = useAct();
  const { about } = where.draft;
  if (about === undefined) return null;
  const item = where.timeline.get(about.id);
  const said = item?.kind === "saying" ? item : undefined;
  const isAnswer = about.kind === "answer";
  return (
    <div className="composer-about">
      <Icon name={isAnswer ? "reply" : "edit"} />
      <span className="words">
        <strong>
          {isAnswer ? "Answering" : "Changing what you said"}
          {isAnswer && said !== undefined && ` ${lineSafe(model.view.nameOf(said.from))}`}
        </strong>{" "}
        {said !== undefined && isAnswer && quoted(said.text)}
      </span>
      <Sign
        icon="close"
        label={isAnswer ? "Do not answer it" : "Leave it as it is"}
        onClick={() => {
          act((here, now) => {
            here.writing.leaveAbout(now);
            here.wish({ kind: "write" });
          });
        }}
      />
    </div>
  );
}
