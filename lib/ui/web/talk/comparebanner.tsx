import { lineSafe } from "../../../base/text.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { comparing } from "../model/requests.ts";
import { Icon } from "../parts/icon.tsx";
import { useAct } from "../parts/pagecontext.ts";

/** Says who wants to compare keys, wherever one talks, until it is answered. */
export function CompareBanner({ model }: { readonly model: PageModel }) {
  const act = useAct();
  const person = comparing(model);
  return (
    <div role="status">
      {person !== undefined && (
        <div className="banner asks">
          <Icon name="shield" />
          <p>
            <strong>{lineSafe(model.view.nameOf(person.who))}</strong> wants to compare keys with
            you.
          </p>
          <button
            type="button"
            className="button main"
            onClick={() => act((here) => here.verify(person.who))}
          >
            Compare
          </button>
          <button
            type="button"
            className="button"
            onClick={() => act((here) => here.putOff.add(person.who.id))}
          >
            Not now
          </button>
        </div>
      )}
    </div>
  );
}
