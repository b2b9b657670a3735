import { type KeyboardEvent, type RefObject, useLayoutEffect } from "react";
import { COMPOSER_ID } from "../model/fulfil.ts";

interface WriteFieldProps {
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly text: string;
  /** Where it goes. */
  readonly place: string;
  readonly isOpen: boolean;
  /** Of the list of what may come next, and of the entry that is chosen, where there is one. */
  readonly listId: string | undefined;
  readonly chosenId: string | undefined;
  readonly onWrite: (text: string, cursor: number) => void;
  readonly onCursor: (cursor: number) => void;
  readonly onKeyDown: (event: KeyboardEvent<HTMLTextAreaElement>) => void;
}

/** Lines of text, as high as they need. */
export function WriteField(props: WriteFieldProps) {
  const { field, text, place, isOpen, listId, chosenId, onWrite, onCursor, onKeyDown } = props;
  useLayoutEffect(() => {
    const { current } = field;
    if (current === null) return;
    current.style.height = "auto";
    // Where it is not seen it has no height yet, and takes that of one line when it is.
    if (current.scrollHeight > 0) current.style.height = `${current.scrollHeight}px`;
  }, [field, text]);
  useLayoutEffect(() => {
    // Where one types on glass, the keys would come over what is to be read.
    if (matchMedia("(hover: hover)").matches) field.current?.focus();
  }, [field, place]);
  return (
    <textarea
      ref={field}
      id={COMPOSER_ID}
      rows={1}
      value={text}
      placeholder={isOpen ? `Message ${place}` : "Waiting for p2pchat"}
      aria-label={`Message to ${place}`}
      aria-autocomplete="list"
      aria-controls={listId}
      aria-activedescendant={chosenId}
      onChange={({ target }) => onWrite(target.value, target.selectionEnd)}
      onSelect={({ currentTarget }) => onCursor(currentTarget.selectionEnd)}
      onKeyDown={onKeyDown}
    />
  );
}
