-- For local use: a demo user with one graded session, the first of the local stack's people (./scripts/stack token).
-- Repeatable, and without effect where that user already has a session.
do $$
declare
  v_user uuid := 'd0000000-0000-4000-8000-000000000001';
  v_id bigint;
  v_claim jsonb;
begin
  if exists (select 1 from public.training_sessions where user_id = v_user) then
    return;
  end if;
  insert into public.users (id) values (v_user) on conflict do nothing;
  perform set_config('request.jwt.claims', jsonb_build_object('sub', v_user, 'role', 'authenticated')::text, true);
  v_id := public.create_training_session('Walter') ->> 'id';
  perform public.append_transcript(v_id, '[
    {"sequence": 1, "speaker": "user", "text": "Hi, I am Dana with Juniper Pest Control. How are you today?"},
    {"sequence": 2, "speaker": "agent", "text": "Fine, but I am about to eat."},
    {"sequence": 3, "speaker": "user", "text": "I will be quick. Have you seen any ants around the kitchen?"},
    {"sequence": 4, "speaker": "agent", "text": "Some. It is probably too expensive, though."},
    {"sequence": 5, "speaker": "user", "text": "I understand. The first treatment is half price. Does Tuesday or Thursday suit you?"},
    {"sequence": 6, "speaker": "agent", "text": "Thursday."}]');
  perform public.complete_training_session(v_id, 95);
  perform set_config('request.jwt.claims', '{"role": "service_role"}', true);
  v_claim := public.claim_training_sessions(session_id => v_id, max_count => 1) -> 0;
  perform public.save_training_grade(v_id, (v_claim ->> 'claim_id')::uuid, $attempts$[{
    "grader": "heuristic", "outcome": "accepted", "rubric_version": "seed", "virtual_earnings": 50, "latency_ms": 3,
    "scores": {"rapport": 55, "discovery": 20, "objection_handling": 25, "closing": 75},
    "evidence": {
      "rapport": {"reason": "You greeted, gave your name and asked how they are.", "quotes": [{"sequence": 1, "quote": "How are you today?"}]},
      "discovery": {"reason": "2 questions about the home.", "quotes": [{"sequence": 3, "quote": "Have you seen any ants around the kitchen?"}]},
      "objection_handling": {"reason": "You answered the price.", "quotes": [{"sequence": 5, "quote": "The first treatment is half price."}]},
      "closing": {"reason": "You asked for a day.", "quotes": [{"sequence": 5, "quote": "Does Tuesday or Thursday suit you?"}]}},
    "feedback_strengths": ["line 5: you answered the price and asked for a day."],
    "feedback_improvements": ["line 3: ask more about the home before you offer a day."]}]$attempts$);
end $$;
