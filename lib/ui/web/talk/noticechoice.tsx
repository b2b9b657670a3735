import { NOTICE_LEVELS, type NoticeLevel } from "../../../contract/notices.ts";
import type { Conversation } from "../../talk/conversation.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { Choices } from "../parts/choices.tsx";
import { useAct } from "../parts/pagecontext.ts";

const LEVELS: Readonly<Record<NoticeLevel, string>> = {
  all: "Everything",
  mentions: "What names you",
  none: "Nothing",
};

interface NoticeChoiceProps {
  readonly model: PageModel;
  readonly where: Conversation;
}

/** What of a conversation calls the person here who looks elsewhere. */
export function NoticeChoice({ model, where }: NoticeChoiceProps) {
  const act = useAct();
  return (
    <Choices
      title="Calls you when you look elsewhere"
      choices={NOTICE_LEVELS.map((level) => [level, LEVELS[level]] as const)}
      chosen={model.notices.levelOf(where)}
      onChoose={(level) => act((here) => (here.flash = here.notices.set(where, level)))}
    />
  );
}
