import { useEffect, useRef } from "react";
import { lineSafe } from "../../../base/text.ts";
import type { Offer } from "../model/completing.ts";

interface OfferListProps {
  readonly className: string;
  /** Of the list; its entries are this, `-` and their place. */
  readonly id: string;
  readonly offers: readonly Offer[];
  readonly chosen: number;
  readonly onTake: (index: number) => void;
}

/** How what is being typed can go on. The keys stay where one types. */
export function OfferList({ className, id, offers, chosen, onTake }: OfferListProps) {
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // Of what it returns in newer browsers, an effect would make its end.
    list.current?.children[chosen]?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <div ref={list} id={id} className={className} role="listbox" aria-label="Ways to go on">
      {offers.map(({ put, what, about }, at) => (
        <div
          key={put}
          id={`${id}-${at}`}
          className="choice"
          role="option"
          tabIndex={-1}
          aria-selected={at === chosen}
          // The field keeps the focus.
          onPointerDown={(event) => {
            event.preventDefault();
            onTake(at);
          }}
        >
          <span className="what">{lineSafe(what)}</span>
          <span className="about">{lineSafe(about)}</span>
        </div>
      ))}
    </div>
  );
}
