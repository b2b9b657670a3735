import { createRoot } from "react-dom/client";
import { fulfil } from "./model/fulfil.ts";
import { Store } from "./model/store.ts";
import { Page } from "./page.tsx";
import { TroubleScreen } from "./frame/troublescreen.tsx";

const root = document.getElementById("page");
if (root !== null) {
  const store = new Store(fulfil);
  store.begin();
  const drawn = createRoot(root, {
    // Whatever it was, a blank window would say nothing of it.
    onUncaughtError: (error) => {
      console.error(error);
      queueMicrotask(() => drawn.render(<TroubleScreen />));
    },
  });
  drawn.render(<Page store={store} />);
}
