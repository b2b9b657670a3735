import { useEffect, useSyncExternalStore } from "react";
import type { Store } from "./model/store.ts";
import { Frame } from "./frame/frame.tsx";
import { PageContext } from "./parts/pagecontext.ts";
import { RefusedScreen } from "./frame/refusedscreen.tsx";
import { WaitingScreen } from "./frame/waitingscreen.tsx";

/** All that the browser shows: a face of a node that runs in another process. */
export function Page({ store }: { readonly store: Store }) {
  useSyncExternalStore(store.subscribe, store.version);
  const { theme } = store.settings.wanted;
  useEffect(() => {
    const { dataset } = document.documentElement;
    if (theme === "system") delete dataset["theme"];
    else dataset["theme"] = theme;
  }, [theme]);
  const { model, link } = store;
  if (link.kind === "refused") return <RefusedScreen />;
  if (model === undefined) return <WaitingScreen link={link} />;
  return (
    <PageContext value={store}>
      <Frame model={model} link={link} version={store.version()} />
    </PageContext>
  );
}
