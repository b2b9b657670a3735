import { lineSafe } from "../../../base/text.ts";
import type { Conversation } from "../../talk/conversation.ts";
import { pageClock } from "../model/pageclock.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { panelAbout } from "../model/panel.ts";
import { peopleWords, readerWords, syncWords } from "../model/talkwords.ts";
import { Icon } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { Sign } from "../parts/sign.tsx";

interface TalkHeadProps {
  readonly model: PageModel;
  readonly where: Conversation;
}

/** Where one is: who is there, what it is about, and who can read it. */
export function TalkHead({ model, where }: TalkHeadProps) {
  const act = useAct();
  const { topic, isRoom, isBuiltIn } = where;
  const place = lineSafe(model.conversations.placeOf(where));
  const about = panelAbout(where);
  const isPrivate = model.view.isPrivate(where.key);
  const facts = [peopleWords(model, where, pageClock.now()), syncWords(where)].filter(
    (fact) => fact !== "",
  );
  return (
    <header className="talk-head">
      <Sign
        icon="back"
        label="All conversations"
        className="back"
        onClick={() => act((here) => (here.isListShown = true))}
      />
      <div className="talk-about">
        <h2 className="talk-title">{place}</h2>
        <p className="talk-facts">
          {!isBuiltIn && (
            <span title={readerWords(isRoom, isPrivate)}>
              <Icon name="lock" /> <span className="sealed">end-to-end encrypted</span>
            </span>
          )}
          {facts.map((fact) => (
            <span key={fact}>· {lineSafe(fact)}</span>
          ))}
          {topic !== undefined && topic !== "" && (
            <span className="topic" title={lineSafe(topic)}>
              · {lineSafe(topic)}
            </span>
          )}
        </p>
      </div>
      <Sign
        icon="search"
        label="Search"
        onClick={() => act((here) => here.show({ kind: "search", text: "" }))}
      />
      {about !== undefined && (
        <Sign
          icon="info"
          label={`About ${place}`}
          onClick={() => act((here) => here.show(about))}
        />
      )}
      <Sign
        icon="people"
        label="People"
        className="only-narrow"
        onClick={() => act((here) => (here.isDrawerOpen = !here.isDrawerOpen))}
      />
    </header>
  );
}
