import { type KeyboardEvent, useId, useRef, useState } from "react";
import { lineSafe } from "../../../base/text.ts";
import type { Conversation } from "../../talk/conversation.ts";
import { doDeed } from "../model/deeds.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { ComposerAbout } from "./composerabout.tsx";
import { EmojiPicker } from "./emojipicker.tsx";
import { Icon } from "../parts/icon.tsx";
import { OfferList } from "../parts/offerlist.tsx";
import { useActNow } from "../parts/pagecontext.ts";
import { Popover } from "../parts/popover.tsx";
import { Sign } from "../parts/sign.tsx";
import { useCaret } from "./usecaret.ts";
import { useOffers } from "./useoffers.ts";
import { WriteField } from "./writefield.tsx";

interface ComposerProps {
  readonly model: PageModel;
  readonly where: Conversation;
  /** Whether what is sent arrives anywhere. */
  readonly isOpen: boolean;
}

/** Where one writes. */
export function Composer({ model, where, isOpen }: ComposerProps) {
  const act = useActNow();
  const field = useRef<HTMLTextAreaElement>(null);
  const goTo = useCaret(field);
  const id = useId();
  const [cursor, setCursor] = useState(0);
  const { text } = where.draft;
  const { offers, chosen, forget, onKey } = useOffers(model, text, cursor);

  const write = (typed: string, to: number): void => {
    setCursor(to);
    forget();
    act((here, now) => here.writing.write(now, typed));
  };
  const put = (words: string, from: number, end: number): void => {
    const to = from + words.length;
    goTo(to);
    write(text.slice(0, from) + words + text.slice(end), to);
  };
  const take = (index: number): void => {
    const offer = offers?.all[index];
    if (offers !== undefined && offer !== undefined) put(offer.put, offers.from, cursor);
  };
  const send = (): void => {
    if (isOpen) act((here, now) => here.writing.send(now));
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.nativeEvent.isComposing) return;
    const { key, shiftKey, altKey } = event;
    if (!onKey(event, take)) {
      if (key === "Enter" && !shiftKey && !altKey) send();
      else if (key === "ArrowUp" && text === "" && !altKey) changeLast(act);
      else return;
    }
    event.preventDefault();
  };
  const listId = offers === undefined ? undefined : id;
  return (
    <div className="composer">
      {offers !== undefined && (
        <OfferList className="choices" id={id} offers={offers.all} chosen={chosen} onTake={take} />
      )}
      <ComposerAbout model={model} where={where} />
      <div className="composer-box">
        <WriteField
          field={field}
          text={text}
          place={lineSafe(model.conversations.placeOf(where))}
          isOpen={isOpen}
          listId={listId}
          chosenId={listId && `${listId}-${chosen}`}
          onWrite={write}
          onCursor={setCursor}
          onKeyDown={onKeyDown}
        />
        <EmojiButton onPick={(emoji) => put(emoji, cursor, cursor)} />
        <Sign
          icon="send"
          label="Send"
          className="send"
          disabled={text.trim() === "" || !isOpen}
          onClick={send}
        />
      </div>
    </div>
  );
}

function EmojiButton({ onPick }: { readonly onPick: (emoji: string) => void }) {
  return (
    <Popover label="Emoji" button={<Icon name="smile" />}>
      {(close) => (
        <EmojiPicker
          onPick={(emoji) => {
            close();
            onPick(emoji);
          }}
        />
      )}
    </Popover>
  );
}

/** What one has said last is to be changed. */
function changeLast(act: ReturnType<typeof useActNow>): void {
  act((model, now) => {
    const items = model.current?.timeline.items ?? [];
    const last = items.findLast((item) => {
      return item.kind === "saying" && model.isMe(item.from) && !item.isDeleted;
    });
    if (last?.kind === "saying") doDeed(model, now, last, { kind: "change" });
  });
}
