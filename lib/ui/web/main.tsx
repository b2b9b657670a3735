import { createRoot } from "react-dom/client";
import { fulfil } from "./model/fulfil.ts";
import { Store } from "./model/store.ts";
import { Page } from "./page.tsx";

const root = document.getElementById("page");
if (root !== null) {
  const store = new Store(fulfil);
  store.begin();
  createRoot(root).render(<Page store={store} />);
}
