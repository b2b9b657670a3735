import { screenSafe } from "../../../base/text.ts";
import type { PageModel } from "../model/pagemodel.ts";
import type { Row } from "../model/rows.ts";
import { Icon } from "../parts/icon.tsx";
import { Message } from "./message.tsx";

interface ListRowProps {
  readonly model: PageModel;
  readonly row: Row;
  readonly isChosen: boolean;
}

/** One thing of a conversation; its height is remembered by its key. */
export function ListRow({ model, row, isChosen }: ListRowProps) {
  switch (row.kind) {
    case "day":
      return (
        <li className="day" data-key={row.key}>
          <span>{row.words}</span>
        </li>
      );
    case "new":
      return (
        <li className="new-line" data-key={row.key}>
          <span>New</span>
        </li>
      );
    case "note":
      return (
        <li className={row.note.isWarning ? "note warning" : "note"} data-key={row.key}>
          <Icon name={row.note.isWarning ? "warn" : "info"} />
          <p>{screenSafe(row.note.text)}</p>
        </li>
      );
    case "saying": {
      const { saying, isFirst } = row;
      const { view } = model;
      return (
        <Message
          saying={saying}
          name={view.nameOf(saying.from)}
          answeredName={saying.replyTo === undefined ? "" : view.nameOf(saying.replyTo.from)}
          me={model.me}
          isFirst={isFirst}
          isChosen={isChosen}
          isWhole={model.unfolded.has(saying.id)}
          searched={isChosen ? model.searched : ""}
        />
      );
    }
    default:
      return row satisfies never;
  }
}
