/** What the Node tests share: the running stack (from pytest, by environment) and a line to it that misbehaves on command. */
import { createServer, request } from "node:http";
import { createRequire } from "node:module";
import { createTrainingSessions } from "../../web/training-sessions.js";

const require = createRequire(new URL("../../web/package.json", import.meta.url));
export const { createClient } = require("@supabase/supabase-js");

export const env = process.env;
export const gateway = env.SUPABASE_URL;

/** @param {string} token @param {string} [url] */
export const supabaseFor = (token, url = gateway) =>
  createClient(url, env.SUPABASE_PUBLISHABLE_KEY, {
    accessToken: async () => token,
    realtime: { transport: globalThis.WebSocket ?? class {} },
  });

/**
 * A real proxy before the real stack. `misbehave` takes what happens to the next requests, one each:
 * "lose" (never arrives), "lose answer" (arrives, the answer does not), or {status, body, headers} (answered by the proxy).
 * `always` is asked first, for each request; it may take its time, which holds the request.
 */
export async function unreliableLine() {
  const target = new URL(gateway);
  const line = {
    url: "",
    plan: [],
    always: null,
    inFlight: 0,
    mostInFlight: 0,
    seen: [],
    misbehave: (...plan) => line.plan.push(...plan),
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))),
  };
  const server = createServer(async (incoming, outgoing) => {
    line.inFlight += 1;
    line.mostInFlight = Math.max(line.mostInFlight, line.inFlight);
    outgoing.on("close", () => (line.inFlight -= 1));
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    line.seen.push({
      method: incoming.method,
      url: incoming.url,
      bytes: body.length,
      headers: incoming.headers,
      body: String(body),
    });
    const fate = (await line.always?.(line.seen.at(-1))) ?? line.plan.shift();
    if (fate === "lose") return incoming.socket.destroy();
    if (fate?.status) {
      outgoing.writeHead(fate.status, { "Content-Type": "application/json", ...fate.headers });
      return outgoing.end(JSON.stringify({ code: "", message: "", details: null, hint: null, ...fate.body }));
    }
    const headers = { ...incoming.headers, host: target.host };
    const onward = request({
      host: target.hostname,
      port: target.port,
      method: incoming.method,
      path: incoming.url,
      headers,
    }, (answer) => {
      if (fate === "lose answer") return answer.resume().on("end", () => incoming.socket.destroy());
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on("error", () => incoming.socket.destroy());
    onward.end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  line.url = `http://127.0.0.1:${server.address().port}`;
  return line;
}

/** A client of the path ("http" or "rpc") over that line. */
export function clientOver(path, line, options = {}) {
  const base = line?.url ?? gateway;
  const token = options.token ?? env.USER_TOKEN;
  const given = { getToken: async () => token, ...options };
  return path === "http"
    ? createTrainingSessions({ apiUrl: `${base}/api/training-sessions`, ...given })
    : createTrainingSessions({ supabase: supabaseFor(token, base), ...given });
}

/** What the server has, asked past the proxy. */
export async function saved(id, token = env.USER_TOKEN) {
  const answer = await api("GET", `/${id}`, undefined, token);
  return {
    ...answer,
    words: answer.transcript.map((line) => line.text),
    sequences: answer.transcript.map((line) => line.sequence),
  };
}

/** A plain request to the functions. */
export async function api(method, path, body, token = env.USER_TOKEN) {
  const response = await fetch(`${gateway}/api/training-sessions${path}`, {
    method,
    headers: { Authorization: `Bearer ${token}`, ...(body ? { "Content-Type": "application/json" } : {}) },
    body: body && JSON.stringify(body),
  });
  return response.status === 204 ? null : response.json();
}

/** One POST to the grader, as the schedule sends it. */
export const grade = () =>
  fetch(env.GRADER_URL, {
    method: "POST",
    headers: { "X-Grader-Secret": env.GRADER_SECRET, "Content-Type": "application/json" },
    body: "{}",
  });

/** The next event of this name. */
export const next = (client, name, matching = () => true) =>
  new Promise((resolve) =>
    client.addEventListener(name, function hear({ detail }) {
      if (!matching(detail)) return;
      client.removeEventListener(name, hear);
      resolve(detail);
    })
  );
