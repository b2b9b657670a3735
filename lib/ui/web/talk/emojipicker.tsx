import { useState } from "react";
import { parseEmoji } from "../../../contract/emoji.ts";
import { emojiLike, OFTEN } from "../model/emojinames.ts";

interface EmojiPickerProps {
  readonly onPick: (emoji: string) => void;
}

/** A few that people use often, or any other by its name or as it is. */
export function EmojiPicker({ onPick }: EmojiPickerProps) {
  const [typed, setTyped] = useState("");
  const own = typed === "" ? undefined : parseEmoji(typed.trim());
  const found = own === undefined ? emojiLike(typed, 32).map(({ emoji }) => emoji) : [own];
  const shown = typed === "" ? OFTEN : found;
  return (
    <div className="picker">
      <input
        className="field"
        value={typed}
        placeholder="Any emoji, or its name"
        aria-label="An emoji, or its name"
        onChange={({ target }) => setTyped(target.value)}
        onKeyDown={({ key }) => {
          const [first] = shown;
          if (key === "Enter" && first !== undefined) onPick(first);
        }}
      />
      {shown.map((emoji) => (
        <button key={emoji} type="button" className="sign" onClick={() => onPick(emoji)}>
          {emoji}
        </button>
      ))}
    </div>
  );
}
