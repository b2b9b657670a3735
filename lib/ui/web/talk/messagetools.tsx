import type { Deed } from "../model/deeds.ts";
import { EmojiPicker } from "./emojipicker.tsx";
import { Icon } from "../parts/icon.tsx";
import { Popover } from "../parts/popover.tsx";
import { Sign } from "../parts/sign.tsx";

interface MessageToolsProps {
  readonly isOwn: boolean;
  readonly onDeed: (deed: Deed) => void;
}

/** What can be done with the message that is pointed at. */
export function MessageTools({ isOwn, onDeed }: MessageToolsProps) {
  return (
    <div className="tools" role="group" aria-label="With this message">
      <Popover label="React" button={<Icon name="smile" />}>
        {(close) => (
          <EmojiPicker
            onPick={(emoji) => {
              close();
              onDeed({ kind: "react", emoji });
            }}
          />
        )}
      </Popover>
      <Sign icon="reply" label="Answer" onClick={() => onDeed({ kind: "answer" })} />
      {isOwn && <Sign icon="edit" label="Change" onClick={() => onDeed({ kind: "change" })} />}
      <Sign icon="copy" label="Copy" onClick={() => onDeed({ kind: "copy" })} />
      {isOwn && (
        <Sign icon="trash" label="Take back" onClick={() => onDeed({ kind: "take back" })} />
      )}
    </div>
  );
}
