import { lineSafe } from "../../../base/text.ts";
import { askToLeave } from "../model/leaving.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { readerWords } from "../model/talkwords.ts";
import { AsideHead } from "../parts/asidehead.tsx";
import { Icon } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { ExportChoice } from "../talk/exportchoice.tsx";
import { NoticeChoice } from "../talk/noticechoice.tsx";
import { Retention } from "../talk/retention.tsx";
import { TopicForm } from "./topicform.tsx";

interface RoomPanelProps {
  readonly model: PageModel;
  readonly room: string;
}

/** All that there is to know and to set of a room that one is in. */
export function RoomPanel({ model, room }: RoomPanelProps) {
  const where = model.conversations.rooms.find(({ key }) => key === room);
  if (where === undefined) {
    return (
      <>
        <AsideHead title="Room" />
        <p className="panel-note">You are not in {lineSafe(room)} any more.</p>
      </>
    );
  }
  const isPrivate = model.view.isPrivate(room);
  return (
    <>
      <AsideHead title={`About ${lineSafe(room)}`} />
      <div className="aside-body panel-body">
        <RoomDeeds room={room} />
        <TopicForm key={`topic ${room}`} where={where} />
        <section aria-label="Who can read it">
          <h3 className="label">{isPrivate ? "A private room" : "An open room"}</h3>
          <p>{readerWords(true, isPrivate)}.</p>
        </section>
        <NoticeChoice model={model} where={where} />
        <Retention key={room} where={where} />
        <ExportChoice model={model} where={where} />
      </div>
    </>
  );
}

function RoomDeeds({ room }: Pick<RoomPanelProps, "room">) {
  const act = useAct();
  return (
    <div className="person-deeds">
      <button type="button" className="button main" onClick={() => act((m) => m.invite(room))}>
        <Icon name="invite" />
        Invite
      </button>
      <button type="button" className="button bad" onClick={() => act((m) => askToLeave(m, room))}>
        <Icon name="leave" />
        Leave
      </button>
    </div>
  );
}
