import { type ReactNode, useId, useRef, useState } from "react";

interface PopoverProps {
  readonly className?: string;
  /** What the button is for, where its content does not say so. */
  readonly label?: string;
  readonly title?: string;
  readonly button: ReactNode;
  /** What is shown over the page; `close` ends that. */
  readonly children: (close: () => void) => ReactNode;
}

/** Px between it and its button, and the edge of the window. */
const GAP = 6;

/** A button, and what it opens beside itself; a press elsewhere or Escape closes it. */
export function Popover({ className = "sign", label, title, button, children }: PopoverProps) {
  const id = useId();
  const opener = useRef<HTMLButtonElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [isOpen, setOpen] = useState(false);
  const close = (): void => {
    box.current?.hidePopover();
    opener.current?.focus();
  };
  return (
    <>
      <button
        ref={opener}
        type="button"
        className={className}
        aria-label={label}
        aria-expanded={isOpen}
        title={title ?? label}
        popoverTarget={id}
      >
        {button}
      </button>
      <div
        ref={box}
        id={id}
        className="popover"
        popover="auto"
        onToggle={({ newState }) => {
          setOpen(newState === "open");
          if (newState === "open") place(box.current, opener.current);
        }}
      >
        {isOpen && children(close)}
      </div>
    </>
  );
}

/** Below its button, or above where there is more place, and inside the window. */
function place(box: HTMLElement | null, opener: HTMLElement | null): void {
  if (box === null || opener === null) return;
  requestAnimationFrame(() => {
    const at = opener.getBoundingClientRect();
    const { width, height } = box.getBoundingClientRect();
    const isBelow = at.bottom + GAP + height < innerHeight || at.top < innerHeight / 2;
    const top = isBelow ? at.bottom + GAP : at.top - GAP - height;
    const left = at.left + width < innerWidth - GAP ? at.left : at.right - width;
    box.style.top = `${Math.max(GAP, Math.min(top, innerHeight - height - GAP))}px`;
    box.style.left = `${Math.max(GAP, left)}px`;
    box.querySelector<HTMLElement>("[autofocus], button, input")?.focus();
  });
}
