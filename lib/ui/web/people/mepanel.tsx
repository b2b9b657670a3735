import { lineSafe } from "../../../base/text.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { idGroups } from "../model/personwords.ts";
import { AsideHead } from "../parts/asidehead.tsx";
import { Avatar } from "../parts/avatar.tsx";
import { Icon } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";
import { Qr } from "../parts/qr.tsx";

/** Who one is oneself, as others know one. */
export function MePanel({ model: { me } }: { readonly model: PageModel }) {
  const act = useAct();
  return (
    <>
      <AsideHead title="You" />
      <div className="aside-body person-panel">
        <div className="person-top">
          <span className="face">
            <Avatar who={me} />
          </span>
          <p className="person-name">{lineSafe(me.name)}</p>
        </div>
        <section aria-label="Your id">
          <h3 className="label">Your id</h3>
          <p className="id-digits number">{idGroups(me.id)}</p>
          <p className="muted">
            A name is a claim that anybody can make: it is by the id that others know you.
          </p>
        </section>
        <div className="panel-choice">
          <button
            type="button"
            className="button main"
            onClick={() => act((model) => model.copy(me.id))}
          >
            <Icon name="copy" />
            Copy your id
          </button>
        </div>
        <Qr text={me.id} label="Your id, for a camera" />
        <p className="muted">
          So that both of you know that nobody stands between you, compare keys: it is offered where
          you look at somebody.
        </p>
      </div>
    </>
  );
}
