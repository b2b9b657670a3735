import { lineSafe } from "../../../base/text.ts";
import { dateTime } from "../../words.ts";
import { cancelExport, endWords, type ExportRun } from "../model/exporting.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { AsideHead } from "../parts/asidehead.tsx";
import { Icon } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";

/** How far what is being written down is, and what has come of it. */
export function ExportPanel({ model: { exportRun } }: { readonly model: PageModel }) {
  return (
    <>
      <AsideHead title="Writing it down" />
      <div className="aside-body panel-body">
        {exportRun === undefined ? <p>Nothing is being written.</p> : <Run run={exportRun} />}
      </div>
    </>
  );
}

function Run({ run }: { readonly run: ExportRun }) {
  const { place, result } = run;
  const fault = result !== undefined && "fault" in result ? result.fault : undefined;
  return (
    <>
      <p role="status" className={fault === undefined ? "" : "panel-warning"}>
        {fault !== undefined && <Icon name="warn" />}
        {result === undefined
          ? `What was said in ${lineSafe(place)} is being written down.`
          : endWords(run, result)}
      </p>
      {result === undefined && <Progress run={run} />}
      {result !== undefined && fault === undefined && (
        <p className="muted small">Your browser has saved it where it saves what you download.</p>
      )}
    </>
  );
}

function Progress({ run: { messages, toMs, share } }: { readonly run: ExportRun }) {
  const act = useAct();
  const upTo = toMs === undefined ? "" : `, up to ${dateTime(toMs)}`;
  return (
    <>
      <progress className="progress" aria-label="How far it is" value={share} max={1} />
      <p className="muted small number">
        {messages.toLocaleString("en")} messages{upTo}
      </p>
      <div className="panel-choice">
        <button type="button" className="button" onClick={() => act(cancelExport)}>
          Cancel
        </button>
      </div>
    </>
  );
}
