/** Connects the outbox to the events of its page and to the other tabs of the browser. Outside a browser it does nothing. */

/**
 * @param {{wake: () => void, flush: () => void}} outbox
 * @returns {() => void} disconnects it
 */
export function followPage(outbox) {
  if (!globalThis.document) return () => {};
  const wakeIfSeen = () => document.visibilityState === "visible" && outbox.wake();
  /** @type {[EventTarget, string, (event: any) => void][]} */
  const listeners = [
    [window, "online", () => outbox.wake()],
    [window, "pagehide", () => outbox.flush()],
    [window, "pageshow", (event) => event.persisted && outbox.wake()],
    [document, "visibilitychange", wakeIfSeen],
  ];
  for (const [target, name, handler] of listeners) target.addEventListener(name, handler);
  return () => listeners.forEach(([target, name, handler]) => target.removeEventListener(name, handler));
}

/**
 * Tells other tabs what happened here, and reports what happened there. Where the browser has or allows no channel, each tab
 * finds out by itself what the others did.
 * @param {(name: string, detail: any) => void} onEvent
 * @returns {{tell: (name: string, detail: any) => void, close: () => void}}
 */
export function otherTabs(onEvent) {
  /** @type {BroadcastChannel|null} */
  let channel = null;
  try {
    if (globalThis.document) channel = new BroadcastChannel("training-sessions");
  } catch {
    // Denied, as in a sandboxed frame of some browsers.
  }
  if (channel) channel.onmessage = ({ data }) => onEvent(data.name, data.detail);
  return {
    tell(name, detail) {
      try {
        channel?.postMessage({ name, detail: { ...detail, error: undefined } });
      } catch {
        // Closed: a request that was under way may be answered after that.
      }
    },
    close: () => channel?.close(),
  };
}
