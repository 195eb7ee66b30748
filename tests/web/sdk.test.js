/** The SDK path for real: supabase-js against the data API and, with functions.invoke, against the functions. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { env, grade, supabaseFor } from "./stack.js";

const mine = supabaseFor(env.USER_TOKEN);
const theirs = supabaseFor(env.OTHER_TOKEN);
const line = (sequence, text, speaker = "user") => ({ sequence, speaker, text, timestamp: "2026-11-22T09:00:00Z" });

/** The data of a call that has to work. */
async function ok(call) {
  const { data, error } = await call;
  assert.equal(error, null, JSON.stringify(error));
  return data;
}
/** The error of a call that has to fail: code and HTTP status. */
async function refused(call) {
  const { error, status } = await call;
  assert.ok(error, "it was not refused");
  return [status, error.code];
}
const started = async (name = "Maria") => (await ok(mine.rpc("create_training_session", { agent_name: name }))).id;

describe("rpc", () => {
  it("create_training_session gives an integer id, and the same for the same key", async () => {
    const arguments_ = { agent_name: "Maria", agent_id: "agent_1", idempotency_key: `key-${Date.now()}` };
    const first = await ok(mine.rpc("create_training_session", arguments_));
    assert.deepEqual(first, { id: first.id, status: "active" });
    assert.ok(Number.isInteger(first.id));
    assert.deepEqual(await ok(mine.rpc("create_training_session", arguments_)), first);
  });

  it("append_transcript counts lines, duplicates and gaps", async () => {
    const session_id = await started();
    const answer = await ok(
      mine.rpc("append_transcript", { session_id, lines: [line(1, "One"), line(3, "Three"), line(1, "One")] }),
    );
    assert.deepEqual(answer, { id: session_id, line_count: 2, last_sequence: 3, duplicates: 1, missing: [2] });
  });

  it("complete_training_session flushes, ends, and says the same again", async () => {
    const session_id = await started();
    const call = () =>
      mine.rpc("complete_training_session", { session_id, duration_seconds: 61, lines: [line(1, "Hello")] });
    const answer = await ok(call());
    assert.deepEqual(answer, {
      id: session_id,
      status: "completed",
      redirect_to: `/analytics/${session_id}`,
      missing: [],
    });
    assert.deepEqual(await ok(call()), answer);
  });

  it("get_training_session tells the whole story of a graded session", async () => {
    const session_id = await started();
    await ok(mine.rpc("complete_training_session", { session_id, lines: [line(1, "Have you seen ants?")] }));
    await grade();
    const session = await ok(mine.rpc("get_training_session", { session_id }));
    assert.equal(session.grading.state, "graded");
    assert.equal(session.transcript[0].text, "Have you seen ants?");
    assert.ok("rapport" in session.evidence);
  });

  it("list_training_sessions pages without transcripts", async () => {
    const name = `Listed ${Date.now()}`;
    const ids = [await started(name), await started(name)].reverse();
    const page = await ok(mine.rpc("list_training_sessions", { max_count: 1, agent_name: name }));
    assert.deepEqual(page.sessions.map(({ id }) => id), ids.slice(0, 1));
    assert.equal("transcript" in page.sessions[0], false);
    const rest = await ok(
      mine.rpc("list_training_sessions", { max_count: 1, agent_name: name, before: page.next_before }),
    );
    assert.deepEqual(rest.sessions.map(({ id }) => id), ids.slice(1));
  });

  it("delete_training_session erases", async () => {
    const session_id = await started();
    await ok(mine.rpc("delete_training_session", { session_id }));
    assert.deepEqual(await refused(mine.rpc("get_training_session", { session_id })), [404, "session_not_found"]);
  });

  it("resolve_legacy_sessions knows the caller's own only", async () => {
    const legacy_ids = [env.LEGACY_UUID];
    assert.deepEqual(await ok(mine.rpc("resolve_legacy_sessions", { legacy_ids })), {
      [env.LEGACY_UUID]: Number(env.LEGACY_ID),
    });
    assert.deepEqual(await ok(theirs.rpc("resolve_legacy_sessions", { legacy_ids })), {});
  });

  it("bind_training_conversation binds once", async () => {
    const conversation_id = `conv_${Date.now()}`;
    const session_id = await started();
    await ok(mine.rpc("bind_training_conversation", { session_id, conversation_id }));
    const again = mine.rpc("bind_training_conversation", { session_id: await started(), conversation_id });
    assert.deepEqual(await refused(again), [409, "conversation_taken"]);
  });
});

describe("an rpc is refused with the contract's code", () => {
  for (
    const [what, call, expected] of [
      [
        "a line with other words",
        async (
          id,
        ) => (await ok(mine.rpc("append_transcript", { session_id: id, lines: [line(1, "One")] })),
          mine.rpc("append_transcript", { session_id: id, lines: [line(1, "Two")] })),
        [409, "line_conflict"],
      ],
      [
        "a line after the end",
        async (
          id,
        ) => (await ok(mine.rpc("complete_training_session", { session_id: id, lines: [line(1, "One")] })),
          mine.rpc("append_transcript", { session_id: id, lines: [line(2, "Two")] })),
        [409, "session_not_active"],
      ],
      [
        "a stranger's append",
        async (id) => theirs.rpc("append_transcript", { session_id: id, lines: [line(1, "One")] }),
        [404, "session_not_found"],
      ],
      ["a stranger's end", async (id) => theirs.rpc("complete_training_session", { session_id: id }), [
        404,
        "session_not_found",
      ]],
      ["a stranger's delete", async (id) => theirs.rpc("delete_training_session", { session_id: id }), [
        404,
        "session_not_found",
      ]],
      ["a line without words", async (id) => mine.rpc("append_transcript", { session_id: id, lines: [line(1, " ")] }), [
        422,
        "invalid_field",
      ]],
      ["101 lines", async (id) =>
        mine.rpc("append_transcript", {
          session_id: id,
          lines: Array.from({ length: 101 }, (_, n) => line(n + 1, "Hm")),
        }), [422, "invalid_field"]],
      ["the grader's claim", async () => mine.rpc("claim_training_sessions"), [403, "42501"]],
      ["the grader's save", async (id) =>
        mine.rpc("save_training_grade", {
          session_id: id,
          claim_id: "00000000-0000-4000-8000-000000000000",
          attempts: [],
        }), [403, "42501"]],
      ["the sweep", async () => mine.rpc("sweep_training_sessions"), [403, "42501"]],
      ["a caller without a token", async () => supabaseFor(null).rpc("list_training_sessions"), [401, "42501"]],
    ]
  ) {
    it(what, async () => {
      assert.deepEqual(await refused(call(await started())), expected);
    });
  }
});

describe("the table", () => {
  it("shows its owner their rows, and no other user's", async () => {
    const id = await started();
    const rows = await ok(mine.from("training_sessions").select("id, status, transcript, overall_score").eq("id", id));
    assert.deepEqual(rows, [{ id, status: "active", transcript: [], overall_score: null }]);
    assert.deepEqual(await ok(theirs.from("training_sessions").select("id").eq("id", id)), []);
    const everyone = await ok(theirs.from("training_sessions").select("user_id"));
    assert.ok(everyone.every(({ user_id }) => user_id === env.OTHER_ID));
  });

  it("takes no insert, update or delete from a client, not even its owner's", async () => {
    const id = await started();
    const table = () => mine.from("training_sessions");
    assert.deepEqual(await refused(table().insert({ user_id: env.USER_ID, agent_name: "x" })), [403, "42501"]);
    assert.deepEqual(await refused(table().update({ closing_score: 100 }).eq("id", id)), [403, "42501"]);
    assert.deepEqual(await refused(table().delete().eq("id", id)), [403, "42501"]);
    assert.deepEqual(await refused(mine.from("training_grades").insert({ session_id: id })), [403, "42501"]);
  });
});

describe("functions.invoke", () => {
  const invoke = (path, options, client = mine) => client.functions.invoke(`training-sessions${path}`, options);

  it("goes through a whole session", async () => {
    const { id } = await ok(invoke("", { method: "POST", body: { agent_name: "Maria" } }));
    await ok(invoke(`/${id}`, { method: "PATCH", body: { transcript_lines: [line(1, "Hello")] } }));
    const ended = await ok(invoke(`/${id}/complete`, { method: "POST", body: {} }));
    assert.equal(ended.redirect_to, `/analytics/${id}`);
    const session = await ok(invoke(`/${id}`, { method: "GET" }));
    assert.equal(session.status, "completed");
    const page = await ok(invoke("?limit=1", { method: "GET" }));
    assert.equal(page.sessions.length, 1);
    await ok(invoke(`/${id}`, { method: "DELETE" }));
  });

  it("carries the error's code in the answer", async () => {
    const { error } = await invoke(`/${env.OTHER_SESSION}`, { method: "GET" });
    assert.equal(error.context.status, 404);
    assert.equal((await error.context.json()).code, "session_not_found");
  });
});
