import { useLayoutEffect, useRef } from "react";
import type { Conversation } from "../../talk/conversation.ts";
import type { Link } from "../model/connection.ts";
import { waitingPeople } from "../model/requests.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { Icon } from "../parts/icon.tsx";
import { MeMenu } from "./memenu.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { PersonRow } from "../people/personrow.tsx";
import { RoomRow } from "./roomrow.tsx";
import { moveFocus } from "../parts/roving.ts";
import { Sign } from "../parts/sign.tsx";
import { StandingLine } from "../frame/standingline.tsx";

interface RoomsProps {
  readonly model: PageModel;
  readonly link: Link;
}

/** The conversation where one is. */
const CURRENT = "[aria-current=true]";

/** Where one talks, and who waits for a decision. */
export function Rooms({ model, link }: RoomsProps) {
  const act = useAct();
  const { conversations } = model;
  const waiting = waitingPeople(model);
  const nav = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    // In a narrow window it comes in the place of what was shown, and of what had the keys.
    if (model.isListShown) nav.current?.querySelector<HTMLElement>(CURRENT)?.focus();
  }, [model.isListShown]);
  useLayoutEffect(() => {
    // Of many, it may be further down than the window shows.
    nav.current?.querySelector(CURRENT)?.scrollIntoView({ block: "nearest" });
  }, [model.current?.key]);
  return (
    <nav ref={nav} className="rooms" aria-label="Conversations">
      <div className="rooms-head">
        <MeMenu model={model} />
      </div>
      <button
        type="button"
        className="jump-button"
        onClick={() => act((here) => (here.isJumping = true))}
      >
        <Icon name="search" />
        <span>Go to, or do…</span>
        <kbd>Ctrl K</kbd>
      </button>
      <div
        className="rooms-lists"
        onKeyDown={(event) => moveFocus(event, ".room-row, .person-row")}
      >
        <div className="rooms-add">
          <Sign
            icon="plus"
            label="Enter a room, or make one"
            onClick={() => act((here) => here.show({ kind: "join" }))}
          />
        </div>
        <RoomList title="Rooms" list={conversations.rooms} model={model} />
        <RoomList title="Direct" list={conversations.direct} model={model} />
        {waiting.length > 0 && (
          <section aria-label="To decide">
            <h2 className="label of-rows">To decide</h2>
            <ul>
              {waiting.map((person) => (
                <li key={person.who.id}>
                  <PersonRow model={model} person={person} isFirst={false} />
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
      <StandingLine model={model} link={link} />
    </nav>
  );
}

interface RoomListProps {
  readonly title: string;
  readonly list: readonly Conversation[];
  readonly model: PageModel;
}

function RoomList({ title, list, model }: RoomListProps) {
  const { current, conversations } = model;
  if (list.length === 0) return null;
  return (
    <section aria-label={title}>
      <h2 className="label of-rows">{title}</h2>
      <ul>
        {list.map((one) => (
          <li key={one.key}>
            <RoomRow
              where={one}
              place={conversations.placeOf(one)}
              who={one.who}
              state={one.who && model.view.person(one.who.id)?.state}
              isCurrent={one === current}
              isPrivate={model.view.isPrivate(one.key)}
              isMuted={model.notices.isMuted(one)}
              hasDraft={one !== current && one.draft.text.trim() !== ""}
              waiting={one.waiting}
              count={one.unread.count}
              mentions={one.unread.mentions}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
