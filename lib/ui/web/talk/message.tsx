import { type KeyboardEvent, memo, useRef, useState } from "react";
import { lineSafe } from "../../../base/text.ts";
import type { Who } from "../../../node/events.ts";
import type { Saying } from "../../talk/timeline.ts";
import { dateTime } from "../../words.ts";
import { type Deed, deedOf, doDeed } from "../model/deeds.ts";
import { timeOf } from "../model/times.ts";
import { Avatar, hueStyle } from "../parts/avatar.tsx";
import { FateMark } from "./fatemark.tsx";
import { MessageTools } from "./messagetools.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { Quote } from "./quote.tsx";
import { Reactions } from "./reactions.tsx";
import { SaidText } from "./saidtext.tsx";
import { useFound } from "./usefound.ts";

interface MessageProps {
  readonly saying: Saying;
  readonly name: string;
  /** Of whom it answers. */
  readonly answeredName: string;
  readonly me: Who;
  readonly isFirst: boolean;
  readonly isChosen: boolean;
  /** Whether all of it is shown, however long it is. */
  readonly isWhole: boolean;
  /** What was searched for and has led here; empty where it has not. */
  readonly searched: string;
}

/** One message: who, when, what, and what came of it. */
export const Message = memo(function Message(props: MessageProps) {
  const { saying, name, answeredName, me, isFirst, isChosen, isWhole, searched } = props;
  const act = useAct();
  const row = useRef<HTMLLIElement>(null);
  useFound(row, searched);
  const [isPointed, setPointed] = useState(false);
  const { id, from, isMention, replyTo, reactions, fate } = saying;
  const isHead = isFirst && !saying.isAction;
  const isOwn = from.id === me.id;
  const classes = ["message"];
  if (isFirst) classes.push("first");
  if (isMention && !isOwn) classes.push("mention");
  if (isChosen) classes.push("chosen");

  const onKeyDown = (event: KeyboardEvent<HTMLLIElement>): void => {
    const deed = event.target === event.currentTarget ? deedOf(event) : undefined;
    if (deed === undefined) return;
    event.preventDefault();
    act((model, now) => doDeed(model, now, saying, deed));
  };
  const onDeed = (deed: Deed): void => act((model, now) => doDeed(model, now, saying, deed));
  return (
    <li
      ref={row}
      className={classes.join(" ")}
      data-key={id}
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex: keys go from one to the next
      tabIndex={-1}
      onKeyDown={onKeyDown}
      onPointerEnter={() => setPointed(true)}
      onPointerLeave={({ currentTarget }) => {
        if (!currentTarget.contains(document.activeElement)) setPointed(false);
      }}
      onFocus={() => setPointed(true)}
      onBlur={({ currentTarget, relatedTarget }) => {
        if (!currentTarget.contains(relatedTarget)) setPointed(false);
      }}
    >
      <div className="message-side">
        {isHead ? <Avatar who={from} /> : isPointed && <Time atMs={saying.sentAtMs} />}
      </div>
      <div className="message-body">
        {isHead ? (
          <div className="message-head">
            <h3 className="name person" style={hueStyle(from.id)}>
              {lineSafe(name)}
            </h3>
            <Time atMs={saying.sentAtMs} />
          </div>
        ) : (
          <span className="hidden">{lineSafe(name)}: </span>
        )}
        {replyTo !== undefined && <Quote replyTo={replyTo} name={answeredName} />}
        <SaidText saying={saying} name={name} me={me} isWhole={isWhole} />
        {reactions.length > 0 && (
          <Reactions
            reactions={reactions}
            me={me}
            onReact={(emoji) => onDeed({ kind: "react", emoji })}
          />
        )}
      </div>
      {fate !== undefined && <FateMark fate={fate} isPointed={isPointed} />}
      {isPointed && !saying.isDeleted && <MessageTools isOwn={isOwn} onDeed={onDeed} />}
    </li>
  );
});

function Time({ atMs }: { readonly atMs: number }) {
  const { iso, clock } = timeOf(atMs);
  return (
    <time dateTime={iso} title={dateTime(atMs)}>
      {clock}
    </time>
  );
}
