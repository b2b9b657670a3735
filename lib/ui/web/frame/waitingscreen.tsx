import type { Link } from "../model/connection.ts";

/** Before anything is known: the node is being reached, or cannot be. */
export function WaitingScreen({ link }: { readonly link: Link }) {
  const isLost = link.kind === "lost";
  return (
    <main className="screen" aria-busy={!isLost}>
      <div className={isLost ? "sigil apart" : "sigil"} aria-hidden="true">
        <i />
        <i />
      </div>
      <h1>{isLost ? "p2pchat is not running" : "p2pchat"}</h1>
      {isLost ? (
        <p role="status">
          This page shows a p2pchat that runs on this machine, and there is none at this address.
          Start it again with <code>--web</code>: the page comes back by itself.
        </p>
      ) : (
        <p role="status">Getting what you missed…</p>
      )}
    </main>
  );
}
