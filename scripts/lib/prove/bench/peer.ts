// What a Supabase user would write instead of the Python function: the same append, as an Edge Function with postgrest-js.
import { PostgrestClient } from "../../../../web/node_modules/@supabase/postgrest-js/dist/index.mjs";

const rest = Deno.env.get("SUPABASE_REST_URL")!;
const apikey = Deno.env.get("SUPABASE_PUBLISHABLE_KEY")!;
const path = /\/training-sessions\/(\d{1,19})$/;
const limit = 256 * 1024;

type Failure = { code: string; message: string; details: string | null; hint: string | null };

const answer = (status: number, body: unknown) =>
  Response.json(body, { status, headers: { "Cache-Control": "private, no-store", "X-Request-Id": crypto.randomUUID() } });
const fail = (status: number, code: string, message: string, details: string | null = null) =>
  answer(status, { code, message, details, hint: null } satisfies Failure);

async function append(request: Request, sessionId: number): Promise<Response> {
  const authorization = request.headers.get("authorization") ?? "";
  if (!/^Bearer [^.\s]+\.[^.\s]+\.[^.\s]+$/i.test(authorization)) return fail(401, "not_authenticated", "Sign in first.");
  if (!request.headers.get("content-type")?.startsWith("application/json")) return fail(415, "unsupported_media_type", "Send JSON.");
  const raw = await request.text();
  if (raw.length > limit) return fail(413, "body_too_large", "Send fewer lines at once.");
  let body: { transcript_line?: unknown; transcript_lines?: unknown };
  try {
    body = JSON.parse(raw);
  } catch {
    return fail(400, "invalid_json", "The body is not JSON.");
  }
  const lines = body.transcript_line ? [body.transcript_line] : body.transcript_lines;
  if (!Array.isArray(lines)) return fail(422, "invalid_field", "transcript_line must be given", "transcript_line");
  const client = new PostgrestClient(rest, { headers: { apikey, Authorization: authorization } });
  const { data, error, status } = await client.rpc("append_transcript", { session_id: sessionId, lines });
  if (error) return status === 0 ? fail(503, "database_unavailable", "Try again.") : fail(status, error.code, error.message, error.details);
  return answer(200, data);
}

Deno.serve({ hostname: "127.0.0.1", port: Number(Deno.env.get("PORT")), onListen: () => {} }, async (request) => {
  const started = performance.now();
  const url = new URL(request.url);
  if (url.pathname === "/healthz") return answer(200, { status: "ok" });
  const match = path.exec(url.pathname);
  const response = match && request.method === "PATCH" ? await append(request, Number(match[1])) : fail(404, "not_found", "Nothing here.");
  const ms = Math.round((performance.now() - started) * 10) / 10;
  console.log(JSON.stringify({ severity: "INFO", message: "request", method: request.method, path: url.pathname, status: response.status, ms }));
  return response;
});
