import { useId } from "react";
import type { Conversation } from "../../talk/conversation.ts";
import type { ExportFormat } from "../../exportlines.ts";
import { beginExport, fileOf } from "../model/exporting.ts";
import { useAct } from "../parts/pagecontext.ts";

const FORMATS: readonly (readonly [ExportFormat, string])[] = [
  ["md", "To read"],
  ["jsonl", "For programs"],
];

/** Saves all of a conversation to a file. */
export function ExportChoice({ where }: { readonly where: Conversation }) {
  const act = useAct();
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h3 className="label" id={id}>
        Save all of it to a file
      </h3>
      <div className="panel-choice">
        {FORMATS.map(([format, words]) => (
          <button
            key={format}
            type="button"
            className="button"
            onClick={() => {
              act((model, now) => {
                const place = model.conversations.placeOf(where);
                beginExport(model, now, { place, file: fileOf(model, where, format) });
              });
            }}
          >
            {words} (.{format})
          </button>
        ))}
      </div>
    </section>
  );
}
