import type { Notice } from "./noticeof.ts";

/** Shows it, where the browser was allowed to; a press leads to the conversation. */
export function notify({ title, body }: Notice, tag: string, onPress: () => void): void {
  if (!("Notification" in globalThis) || Notification.permission !== "granted") return;
  const shown = new Notification(title, { body, tag });
  shown.addEventListener("click", () => {
    window.focus();
    shown.close();
    onPress();
  });
}
