// What a page does on its bad days, for any engine: run by test_engines.py inside a page of the stack, one function at a time.
({
  /** A client in this page; its fetch fails, hangs or passes by `window.network`. */
  async connect({ apiUrl, token, signedIn = true, network = "up" }) {
    const { createTrainingSessions } = await import("/training-sessions.js");
    const send = window.realFetch ??= window.fetch.bind(window);
    window.network = network;
    window.token = signedIn ? token : null;
    window.fetch = (url, options) => {
      if (window.network === "up" || options?.keepalive) return send(url, options);
      return window.network === "down" ? Promise.reject(new TypeError("down")) : new Promise(() => {});
    };
    window.client = createTrainingSessions({ apiUrl, getToken: () => window.token });
    window.state = "";
    for (const name of ["saving", "saved", "offline", "ended"]) {
      client.addEventListener(name, () => (window.state = name));
    }
    return {
      persistent: client.persistent,
      locks: Boolean(navigator.locks),
      broadcast: typeof BroadcastChannel === "function",
    };
  },

  async start() {
    return (await client.start({ agentName: "Maria" })).id;
  },

  async say({ words, network = "up", waitFor }) {
    window.network = network;
    for (const [index, text] of words.entries()) await client.say({ speaker: index % 2 ? "agent" : "user", text });
    while (waitFor && window.state !== waitFor) await new Promise((resolve) => setTimeout(resolve, 20));
    return client.persistent;
  },

  async askForEnd({ network }) {
    window.network = network;
    client.end();
    await new Promise((resolve) => client.addEventListener("offline", ({ detail }) => detail.ending && resolve()));
  },

  async end() {
    window.network = "up";
    client.retry();
    return client.end();
  },

  async recover() {
    const ended = new Promise((resolve) => client.addEventListener("ended", resolve));
    const open = await client.recover();
    await ended;
    return open.length;
  },

  /** Offline at the page's load, the sign-in is not there yet. Both come back, and no one calls recover again. */
  async comeBack({ token }) {
    const open = await client.recover();
    const ended = new Promise((resolve) => client.addEventListener("ended", resolve));
    window.token = token;
    window.network = "up";
    window.dispatchEvent(new Event("online"));
    await ended;
    return open.length;
  },

  /** As iOS does to a page in the background. */
  async closeStorage() {
    (await client.store.opening).close();
  },

  /** Another tab that is frozen holds the lock. */
  async holdLock({ id }) {
    if (!navigator.locks) return false;
    await new Promise((held) =>
      navigator.locks.request(`training-session:${id}`, () => (held(), new Promise(() => {})))
    );
    return true;
  },

  async list({ pages }) {
    delete URLSearchParams.prototype.size;
    const found = [];
    let before;
    for (let page = 0; page < pages; page += 1) {
      const { sessions, next_before } = await client.list({ limit: 1, before, agentName: "Maria" });
      found.push(...sessions.map(({ id }) => id));
      before = next_before;
    }
    return found;
  },

  async sayByVoice({ id }) {
    const { voiceLines } = await import("/elevenlabs.js");
    const voice = voiceLines({ sessions: client, sessionId: id });
    voice.onMessage({ message: "Let me look.", role: "agent", event_id: 1 });
    voice.onMessage({ message: "Thursday is fine.", role: "agent", event_id: 1 });
    voice.onAgentResponseCorrection({
      original_agent_response: "Let me look.",
      corrected_agent_response: "Let me...",
      event_id: 1,
    });
    voice.onTyped("Thank you!");
    voice.onMessage({ message: "Thank you!", role: "user", event_id: 2 });
    await voice.settled();
  },

  /** The page's own heading, once it has filled itself. */
  async seen({ heading }) {
    const deadline = Date.now() + 30_000;
    const text = () => document.body.innerText;
    while (!text().includes(heading) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
    return { text: text(), notices: document.querySelector("#notices")?.innerText ?? "" };
  },
});
