// `supabase.functions.invoke("training-sessions/...")` reaches Deno functions only: this one leads it to the Python function,
// which checks sign-in and answers CORS. TRAINING_SESSIONS_URL is its address up to and with /training-sessions.
// Deploy with --no-verify-jwt: preflights carry no token, and the Python function checks every other request.
const target = (Deno.env.get("TRAINING_SESSIONS_URL") ?? "").replace(/\/+$/, "");
const passed =
  /^(authorization|content-type|content-encoding|idempotency-key|if-none-match|x-request-id|origin|range|access-control-request-.*)$/;
const here = "/functions/v1/training-sessions"; // what callers see; the platform strips the first part before it gets here
const away = {
  code: "database_unavailable",
  message: "The service does not answer. Try again.",
  details: null,
  hint: null,
};

Deno.serve(async (request) => {
  const { pathname, search } = new URL(request.url);
  const headers = [...request.headers].filter(([name]) => passed.test(name));
  const body = request.body ? await request.arrayBuffer() : undefined;
  const url = target + pathname.replace(/^.*?\/training-sessions/, "") + search;
  try {
    const answer = await fetch(url, { method: request.method, headers, body, redirect: "manual" });
    const kept = new Headers(answer.headers);
    const location = kept.get("location");
    if (location) kept.set("location", location.replace(/^.*?\/training-sessions/, here));
    return new Response(answer.body, { status: answer.status, headers: kept });
  } catch {
    return Response.json(away, { status: 503, headers: { "Retry-After": "1", "Cache-Control": "no-store" } });
  }
});
