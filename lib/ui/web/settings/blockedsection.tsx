import { lineSafe } from "../../../base/text.ts";
import type { PageModel } from "../model/pagemodel.ts";
import { request } from "../model/request.ts";
import { blockedPeople } from "../model/requests.ts";
import { Avatar } from "../parts/avatar.tsx";
import { useAct } from "../parts/pagecontext.ts";

/** Who is blocked, and the way to talk with them again. */
export function BlockedSection({ model }: { readonly model: PageModel }) {
  const act = useAct();
  const people = blockedPeople(model);
  return (
    <section className="setting" aria-label="Blocked people">
      <h3 className="label">Blocked people</h3>
      {people.length === 0 && <p className="muted">Nobody.</p>}
      <ul className="blocked">
        {people.map(({ who }) => {
          const name = model.view.nameOf(who);
          return (
            <li key={who.id}>
              <Avatar who={who} />
              <span className="name">{lineSafe(name)}</span>
              <button
                type="button"
                className="button"
                aria-label={`Unblock ${lineSafe(name)}`}
                onClick={() => {
                  act((here) => {
                    request(here, (req) => ({ type: "unblock", req, to: `@${name}` }));
                  });
                }}
              >
                Unblock
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
