/** Whether somebody looks at the page: it may be seen beside a window that has the keys. */
export function isLookedAt(): boolean {
  return document.visibilityState === "visible" && document.hasFocus();
}
