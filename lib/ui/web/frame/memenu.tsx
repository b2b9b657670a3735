import type { PresenceState } from "../../../wire/aside.ts";
import { interpreter } from "../model/interpreter.ts";
import { Icon } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { Popover } from "../parts/popover.tsx";
import { moveFocus } from "../parts/roving.ts";

const STATES: readonly (readonly [PresenceState, string])[] = [
  ["online", "At hand"],
  ["away", "Away"],
  ["busy", "Busy"],
];

/** What there is to set about oneself, and about the page. */
export function MeMenu() {
  const act = useAct();
  return (
    <Popover label="You, the network and settings" button={<Icon name="more" />}>
      {(close) => (
        <div onKeyDown={(event) => moveFocus(event, ".menu-row")}>
          {STATES.map(([state, words]) => (
            <button
              key={state}
              type="button"
              className="menu-row"
              onClick={() => {
                close();
                act((model, now) => {
                  interpreter.give(model, now, { type: "presence", req: model.nextReq(), state });
                });
              }}
            >
              <span className={`dot ${state === "online" ? "connected" : state}`} />
              {words}
            </button>
          ))}
          <button
            type="button"
            className="menu-row"
            onClick={() => {
              close();
              act((model) => model.show({ kind: "network" }));
            }}
          >
            <Icon name="network" />
            Network
          </button>
          <button
            type="button"
            className="menu-row"
            onClick={() => {
              close();
              act((model) => model.show({ kind: "settings" }));
            }}
          >
            <Icon name="settings" />
            Settings
          </button>
        </div>
      )}
    </Popover>
  );
}
