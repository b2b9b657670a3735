import { use, useState } from "react";
import type { PageModel } from "../model/pagemodel.ts";
import type { Settings, Theme } from "../model/settings.ts";
import { AsideHead } from "../parts/asidehead.tsx";
import { PageContext } from "../parts/pagecontext.ts";
import { Choices } from "../parts/choices.tsx";
import { BlockedSection } from "./blockedsection.tsx";
import { NodeSection } from "./nodesection.tsx";

const THEMES: readonly (readonly [Theme, string])[] = [
  ["system", "As the system"],
  ["light", "Light"],
  ["dark", "Dark"],
];

/** How this browser shows the page, and what it does to call somebody. */
export function SettingsPanel({ model }: { readonly model: PageModel }) {
  const store = use(PageContext);
  if (store === undefined) return null;
  const { settings } = store;
  return (
    <>
      <AsideHead title="Settings" />
      <div className="aside-body settings">
        <Choices
          title="Colours"
          choices={THEMES}
          chosen={settings.wanted.theme}
          onChoose={(theme) => settings.change({ theme })}
        />
        <Calls settings={settings} />
        <BlockedSection model={model} />
        <NodeSection nodes={model.standing.nodes} />
      </div>
    </>
  );
}

/** What calls the person here who looks elsewhere, and how. */
function Calls({ settings }: { readonly settings: Settings }) {
  const { notifies, hidesNotices } = settings.wanted;
  const [isBarred, setBarred] = useState(false);
  return (
    <>
      <section className="setting" aria-label="Notices">
        <h3 className="label">Notices</h3>
        <label className="check">
          <input
            type="checkbox"
            checked={notifies}
            onChange={({ target }) => void wantNotices(settings, target.checked).then(setBarred)}
          />
          Call me when I look elsewhere
        </label>
        {isBarred && (
          <p className="muted small" role="status">
            Your browser lets this page call nobody, until its own settings for the page say
            otherwise.
          </p>
        )}
        <label className="check">
          <input
            type="checkbox"
            checked={hidesNotices}
            onChange={({ target }) => settings.change({ hidesNotices: target.checked })}
          />
          Leave out what was said
        </label>
      </section>
    </>
  );
}

/**
 * The browser asks the person only now, because they have just asked for it. Whether they, or it,
 * are against it.
 */
async function wantNotices(settings: Settings, isWanted: boolean): Promise<boolean> {
  const permission =
    isWanted && "Notification" in globalThis ? await Notification.requestPermission() : "denied";
  settings.change({ notifies: permission === "granted" });
  return isWanted && permission !== "granted";
}
