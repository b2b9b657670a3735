import { Screen } from "./screen.tsx";

/** The page itself has failed: nothing is lost by it, for the node goes on. */
export function TroubleScreen() {
  return (
    <Screen title="This page has stumbled" isApart>
      <p role="alert">
        It could not draw something, which is a fault of p2pchat. Nothing is lost: your messages are
        kept and sent all the same.
      </p>
      <button type="button" className="button main" onClick={() => location.reload()}>
        Draw it again
      </button>
    </Screen>
  );
}
