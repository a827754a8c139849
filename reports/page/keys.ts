/** Keys that are meant for a field, or belong to the browser. */
export function isTyping(event: KeyboardEvent): boolean {
  const { target } = event;
  const isField = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
  return isField || event.ctrlKey || event.metaKey || event.altKey;
}
