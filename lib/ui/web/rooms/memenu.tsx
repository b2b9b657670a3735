import type { ReactNode } from "react";
import { lineSafe } from "../../../base/text.ts";
import { shortId } from "../../words.ts";
import { choosePresence, ownPresence, PRESENCES, presenceSign } from "../model/ownpresence.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Icon } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { Popover } from "../parts/popover.tsx";
import { moveFocus } from "../parts/roving.ts";

interface Row {
  readonly words: string;
  readonly sign: ReactNode;
  /** It begins another kind of row. */
  readonly isApart?: boolean;
  /** Of what one chooses one of: whether it is so. */
  readonly isChosen?: boolean;
  readonly run: (model: PageModel, now: number) => void;
}

const ROWS: readonly Row[] = [
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

/** Who one is and whether one is at hand, and what there is to set of that and of the page. */
export function MeMenu({ model }: { readonly model: PageModel }) {
  const act = useAct();
  const { me, standing } = model;
  const chosen = ownPresence(model);
  const presences = PRESENCES.map(([state, words]): Row => {
    const sign = <span className={`dot ${presenceSign(state)}`} />;
    const isChosen = state === standing.presence;
    return { words, sign, isChosen, run: (here) => choosePresence(here, state) };
  });
  const button = (
    <>
      <span className="face">
        <Avatar who={me} />
        <span className={`dot ${presenceSign(standing.presence)}`} />
      </span>
      <span className="rooms-me">
        <span className="rooms-name">{lineSafe(me.name)}</span>
        <span className="muted number">
          {chosen !== "" && `${chosen} · `}
          {shortId(me.id)}
        </span>
        <span className="hidden">, network and settings</span>
      </span>
      <Icon name="more" />
    </>
  );
  return (
    <Popover className="me-button" title="You, network and settings" button={button}>
      {(close) => (
        <div onKeyDown={(event) => moveFocus(event, ".menu-row")}>
          {[...presences, ...ROWS].map(({ words, sign, isApart = false, isChosen, run }) => (
            <button
              key={words}
              type="button"
              className={isApart ? "menu-row apart" : "menu-row"}
              aria-pressed={isChosen}
              onClick={() => {
                close();
                act(run);
              }}
            >
              {sign}
              {words}
              {isChosen === true && <Icon name="check" />}
            </button>
          ))}
        </div>
      )}
    </Popover>
  );
}
