import type { Link } from "../model/connection.ts";
import { Screen } from "./screen.tsx";

/** Before anything is known: the node is being reached, or cannot be. */
export function WaitingScreen({ link }: { readonly link: Link }) {
  const isLost = link.kind === "lost";
  return (
    <Screen title={isLost ? "p2pchat is not running" : "p2pchat"} isApart={isLost} isBusy={!isLost}>
      {isLost ? (
        <p role="status">
          This page shows a p2pchat that runs on this machine, and there is none at this address.
          Start it again with <code>--web</code>: the page comes back by itself.
        </p>
      ) : (
        <p role="status">Getting what you missed…</p>
      )}
    </Screen>
  );
}
