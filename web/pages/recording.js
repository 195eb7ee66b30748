/** The recording of a spoken session: fetched with the user's token when it is asked for, and started at a line's moment. */
import { button, h } from "./dom.js";

/**
 * @param {{apiUrl: string, getToken: () => string|null|Promise<string|null>, session: any}} options
 * @returns {{element: HTMLElement, playLine: (sequence: number) => void}|null} null where there is nothing to play
 */
export function recording({ apiUrl, getToken, session }) {
  if (!session.voice || session.status === "active") return null;
  const moments = session.timings?.moments ?? {};
  const player = /** @type {HTMLAudioElement} */ (h("audio", { controls: true, hidden: true }));
  const trouble = h("span", { class: "quiet", role: "status" });
  const start = button("Play the recording", () => play(0));
  /** One download, however often a line is clicked. @type {Promise<void>|null} */
  let loaded = null;

  async function load() {
    const token = await getToken();
    const response = await fetch(`${apiUrl}/${session.id}/audio`, {
      headers: { Authorization: `Bearer ${token}` },
      cache: "no-store",
    });
    if (!response.ok) throw new Error(String(response.status));
    player.src = URL.createObjectURL(await response.blob());
    player.hidden = false;
    start.hidden = true;
  }

  /** @param {number} second */
  async function play(second) {
    trouble.textContent = "";
    try {
      await (loaded ??= load());
      player.currentTime = second;
      await player.play();
    } catch {
      if (!player.src) {
        loaded = null;
        trouble.textContent = "The recording is not available.";
      }
    }
  }

  return {
    element: h("p", { class: "recording" }, start, player, trouble),
    playLine(sequence) {
      if (sequence in moments) play(moments[sequence]);
    },
  };
}
