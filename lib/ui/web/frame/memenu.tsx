import type { ReactNode } from "react";
import type { PresenceState } from "../../../wire/aside.ts";
import { interpreter } from "../model/interpreter.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { Icon } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { Popover } from "../parts/popover.tsx";
import { moveFocus } from "../parts/roving.ts";

interface Row {
  readonly words: string;
  readonly sign: ReactNode;
  /** It begins another kind of row. */
  readonly isApart?: boolean;
  readonly run: (model: PageModel, now: number) => void;
}

const ROWS: readonly Row[] = [
  presence("online", "At hand"),
  presence("away", "Away"),
  presence("busy", "Busy"),
  {
    words: "You and your id",
    sign: <Icon name="id" />,
    isApart: true,
    run: (model) => model.show({ kind: "me" }),
  },
  {
    words: "Network",
    sign: <Icon name="network" />,
    run: (model) => model.show({ kind: "network" }),
  },
  {
    words: "Settings",
    sign: <Icon name="settings" />,
    run: (model) => model.show({ kind: "settings" }),
  },
];

/** What there is to set about oneself, and about the page. */
export function MeMenu() {
  const act = useAct();
  return (
    <Popover label="You, the network and settings" button={<Icon name="more" />}>
      {(close) => (
        <div onKeyDown={(event) => moveFocus(event, ".menu-row")}>
          {ROWS.map(({ words, sign, isApart = false, run }) => (
            <button
              key={words}
              type="button"
              className={isApart ? "menu-row apart" : "menu-row"}
              onClick={() => {
                close();
                act(run);
              }}
            >
              {sign}
              {words}
            </button>
          ))}
        </div>
      )}
    </Popover>
  );
}

function presence(state: PresenceState, words: string): Row {
  return {
    words,
    sign: <span className={`dot ${state === "online" ? "connected" : state}`} />,
    run: (model, now) => {
      interpreter.give(model, now, { type: "presence", req: model.nextReq(), state });
    },
  };
}
