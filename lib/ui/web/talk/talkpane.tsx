import type { Link } from "../model/connection.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { CompareBanner } from "./comparebanner.tsx";
import { Composer } from "./composer.tsx";
import { EmptyTalk } from "./emptytalk.tsx";
import { Icon } from "../parts/icon.tsx";
import { JoinForm } from "../rooms/joinform.tsx";
import { MessageList } from "./messagelist.tsx";
import { TalkHead } from "./talkhead.tsx";
import { ToEnd } from "./toend.tsx";
import { typingWords } from "../model/talkwords.ts";

interface TalkPaneProps {
  readonly model: PageModel;
  readonly link: Link;
}

/** The conversation that is shown: what was said, and where one writes. */
export function TalkPane({ model, link }: TalkPaneProps) {
  const { current } = model;
  if (current === undefined) {
    return (
      <>
        <CompareBanner model={model} />
        <div className="empty">
          <h2>No room yet</h2>
          <p>Enter one by its name, or follow an invitation that somebody gave you.</p>
          <JoinForm />
        </div>
      </>
    );
  }
  const isEmpty = current.timeline.items.length === 0 && !current.timeline.hasBefore;
  return (
    <>
      <TalkHead model={model} where={current} />
      <CompareBanner model={model} />
      {link.kind !== "open" && (
        <div className="banner" role="status">
          <Icon name="warn" />
          <p>
            p2pchat has stopped. Nothing is lost: start it again with --web, and this page comes
            back.
          </p>
        </div>
      )}
      {isEmpty ? (
        <EmptyTalk model={model} where={current} />
      ) : (
        <MessageList key={current.key} model={model} where={current} />
      )}
      <div className="composer-space">
        <ToEnd model={model} where={current} />
        <p className="typing" role="status">
          {typingWords(model, current)}
        </p>
        <Composer model={model} where={current} isOpen={link.kind === "open"} />
      </div>
    </>
  );
}
