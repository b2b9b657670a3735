import { memo } from "react";
import { lineSafe } from "../../../base/text.ts";
import type { PeerStateEvent, Who } from "../../../node/events.ts";
import type { Conversation } from "../../talk/conversation.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Icon } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { stateWords } from "../model/personwords.ts";

interface RoomRowProps {
  readonly where: Conversation;
  readonly place: string;
  readonly who: Who | undefined;
  /** Of the other one, where it is with one person. */
  readonly state: PeerStateEvent["state"] | undefined;
  readonly isCurrent: boolean;
  readonly isPrivate: boolean;
  readonly isMuted: boolean;
  readonly hasDraft: boolean;
  /** Own messages that wait for somebody. */
  readonly waiting: number;
  /** Messages that nobody has looked at, and how many of them name the person here. */
  readonly count: number;
  readonly mentions: number;
}

/**
 * A conversation in the list: how it is called, and what there is new or waiting in it. Of many
 * only those are drawn anew of which something is another.
 */
export const RoomRow = memo(function RoomRow(props: RoomRowProps) {
  const { where, place, who, state, isCurrent, isPrivate, isMuted } = props;
  const { hasDraft, waiting, count, mentions } = props;
  const act = useAct();
  const { isRoom } = where;
  return (
    <button
      type="button"
      className={count > 0 && !isMuted ? "room-row unread" : "room-row"}
      aria-current={isCurrent}
      tabIndex={isCurrent ? 0 : -1}
      onClick={() => act((model, now) => model.go(where, now))}
    >
      <span className="room-sign">
        {who === undefined ? (
          isRoom ? (
            <RoomSign isPrivate={isPrivate} />
          ) : (
            "@"
          )
        ) : (
          <Avatar who={who} />
        )}
      </span>
      <span className="name">{lineSafe(place.replace(/^[#@]/, ""))}</span>
      {state !== undefined && <span className="hidden">, {stateWords(state)}</span>}
      {hasDraft && (
        <span className="room-waits" title="You are writing something there">
          <Icon name="edit" />
          <span className="hidden">, with a draft</span>
        </span>
      )}
      {waiting > 0 && (
        <span className="room-waits" title={`${waiting} of yours wait for somebody`}>
          <Icon name="clock" />
          {waiting}
          <span className="hidden"> waiting</span>
        </span>
      )}
      {count > 0 && (
        <span className={mentions > 0 || !isRoom ? "count calls" : "count"}>
          {count > 999 ? "999+" : count}
          <span className="hidden"> unread{mentions > 0 ? ", naming you" : ""}</span>
        </span>
      )}
    </button>
  );
});

function RoomSign({ isPrivate }: { readonly isPrivate: boolean }) {
  if (!isPrivate) return <span aria-hidden="true">#</span>;
  return (
    <>
      <Icon name="lock" />
      <span className="hidden">private, </span>
    </>
  );
}
