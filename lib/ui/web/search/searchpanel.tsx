import { useEffect, useRef, useState } from "react";
import type { PageModel } from "../model/pagemodel.ts";
import { type Finds, search } from "../model/searching.ts";
import { AsideHead } from "../parts/asidehead.tsx";
import { Found } from "./found.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { moveFocus } from "../parts/roving.ts";

/** A search begins once nothing was typed for so long, in ms. */
const TYPED_MS = 180;

interface SearchPanelProps {
  readonly model: PageModel;
  /** What to search for at first. */
  readonly text: string;
}

/** Whatever was said, here or elsewhere. */
export function SearchPanel({ model, text }: SearchPanelProps) {
  const act = useAct();
  const [typed, setTyped] = useState(text);
  const [isHere, setHere] = useState(false);
  const [finds, setFinds] = useState<Finds>();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    setTyped(text);
    field.current?.focus();
  }, [text]);
  useEffect(() => {
    const timer = setTimeout(() => act((here) => search(here, typed, isHere, setFinds)), TYPED_MS);
    return () => clearTimeout(timer);
  }, [act, typed, isHere]);
  return (
    <>
      <AsideHead title="Search" />
      <div className="aside-body" onKeyDown={(event) => moveFocus(event, ".found")}>
        <div className="search-form" role="search">
          <input
            ref={field}
            className="field"
            type="search"
            value={typed}
            placeholder="Words that were said"
            aria-label="Words that were said"
            onChange={({ target }) => setTyped(target.value)}
          />
          <div className="search-where" role="group" aria-label="Where to search">
            <button type="button" aria-pressed={!isHere} onClick={() => setHere(false)}>
              Everywhere
            </button>
            <button type="button" aria-pressed={isHere} onClick={() => setHere(true)}>
              Here
            </button>
          </div>
        </div>
        <ul>
          {finds?.messages.map((message) => (
            <li key={message.id}>
              <Found message={message} name={model.view.nameOf(message.from)} words={finds.text} />
            </li>
          ))}
        </ul>
        <p className="panel-note" role="status">
          {finds?.note ?? "Messages that have all the words; word* is how one begins."}
        </p>
      </div>
    </>
  );
}
