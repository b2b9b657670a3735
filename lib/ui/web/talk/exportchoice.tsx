import { useId } from "react";
import type { Conversation } from "../../talk/conversation.ts";
import type { ExportFormat } from "../../exportlines.ts";
import { beginExport, fileOf } from "../model/exporting.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { useAct } from "../parts/pagecontext.ts";

const FORMATS: readonly (readonly [ExportFormat, string])[] = [
  ["md", "To read"],
  ["jsonl", "For programs"],
];

interface ExportChoiceProps {
  readonly model: PageModel;
  readonly where: Conversation;
}

/** Saves all of a conversation to a file. */
export function ExportChoice({ model, where }: ExportChoiceProps) {
  const act = useAct();
  const id = useId();
  const { exportRun } = model;
  const place = model.conversations.placeOf(where);
  const isRunning = exportRun?.place === place && exportRun.result === undefined;
  return (
    <section aria-labelledby={id}>
      <h3 className="label" id={id}>
        Save all of it to a file
      </h3>
      <div className="panel-choice">
        {isRunning ? (
          <button
            type="button"
            className="button"
            onClick={() => act((here) => here.show({ kind: "export" }))}
          >
            It is being written
          </button>
        ) : (
          FORMATS.map(([format, words]) => (
            <button
              key={format}
              type="button"
              className="button"
              onClick={() => {
                act((here, now) => {
                  beginExport(here, now, { place, file: fileOf(here, where, format) });
                });
              }}
            >
              {words} (.{format})
            </button>
          ))
        )}
      </div>
    </section>
  );
}
