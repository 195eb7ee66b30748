export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

export type Database = {
  "public": {
    Tables: {
      "provider_transcripts": {
        Row: {
          "agent_id": string | null;
          "conversation_id": string;
          "duration_seconds": number | null;
          "id": number;
          "provider": string;
          "received_at": string;
          "received_by": string;
          "session_id": number | null;
          "started_at": string | null;
          "status": string;
          "turns": NonNullable<Json>;
        };
        ComputedFields: never;
        Insert: {
          "agent_id"?: string | null;
          "conversation_id": string;
          "duration_seconds"?: number | null;
          "id"?: never;
          "provider": string;
          "received_at": string;
          "received_by": string;
          "session_id"?: number | null;
          "started_at"?: string | null;
          "status": string;
          "turns": NonNullable<Json>;
        };
        Update: {
          "agent_id"?: string | null;
          "conversation_id"?: string;
          "duration_seconds"?: number | null;
          "id"?: never;
          "provider"?: string;
          "received_at"?: string;
          "received_by"?: string;
          "session_id"?: number | null;
          "started_at"?: string | null;
          "status"?: string;
          "turns"?: NonNullable<Json>;
        };
        Relationships: [
          {
            foreignKeyName: "provider_transcripts_session_id_fkey";
            columns: ["session_id"];
            isOneToOne: false;
            referencedRelation: "training_sessions";
            referencedColumns: ["id"];
          },
        ];
      };
      "training_grades": {
        Row: {
          "claim_number": number;
          "confidence": string | null;
          "confidence_reason": string | null;
          "created_at": string;
          "error": string | null;
          "error_class": string | null;
          "evidence": Json | null;
          "facts": Json | null;
          "feedback_improvements": (string)[];
          "feedback_strengths": (string)[];
          "grader": string;
          "id": number;
          "latency_ms": number | null;
          "model": string | null;
          "notes": (string)[];
          "outcome": string;
          "prompt_hash": string | null;
          "remarks": NonNullable<Json>;
          "request_id": string | null;
          "rubric_version": string | null;
          "scores": Json | null;
          "seconds_to_grade": number | null;
          "session_id": number;
          "tokens_in": number | null;
          "tokens_out": number | null;
          "virtual_earnings": number;
        };
        ComputedFields: never;
        Insert: {
          "claim_number": number;
          "confidence"?: string | null;
          "confidence_reason"?: string | null;
          "created_at": string;
          "error"?: string | null;
          "error_class"?: string | null;
          "evidence"?: Json | null;
          "facts"?: Json | null;
          "feedback_improvements"?: (string)[];
          "feedback_strengths"?: (string)[];
          "grader": string;
          "id"?: never;
          "latency_ms"?: number | null;
          "model"?: string | null;
          "notes"?: (string)[];
          "outcome": string;
          "prompt_hash"?: string | null;
          "remarks"?: NonNullable<Json>;
          "request_id"?: string | null;
          "rubric_version"?: string | null;
          "scores"?: Json | null;
          "seconds_to_grade"?: number | null;
          "session_id": number;
          "tokens_in"?: number | null;
          "tokens_out"?: number | null;
          "virtual_earnings"?: number;
        };
        Update: {
          "claim_number"?: number;
          "confidence"?: string | null;
          "confidence_reason"?: string | null;
          "created_at"?: string;
          "error"?: string | null;
          "error_class"?: string | null;
          "evidence"?: Json | null;
          "facts"?: Json | null;
          "feedback_improvements"?: (string)[];
          "feedback_strengths"?: (string)[];
          "grader"?: string;
          "id"?: never;
          "latency_ms"?: number | null;
          "model"?: string | null;
          "notes"?: (string)[];
          "outcome"?: string;
          "prompt_hash"?: string | null;
          "remarks"?: NonNullable<Json>;
          "request_id"?: string | null;
          "rubric_version"?: string | null;
          "scores"?: Json | null;
          "seconds_to_grade"?: number | null;
          "session_id"?: number;
          "tokens_in"?: number | null;
          "tokens_out"?: number | null;
          "virtual_earnings"?: number;
        };
        Relationships: [
          {
            foreignKeyName: "training_grades_session_id_fkey";
            columns: ["session_id"];
            isOneToOne: false;
            referencedRelation: "training_sessions";
            referencedColumns: ["id"];
          },
        ];
      };
      "training_sessions": {
        Row: {
          "agent_id": string | null;
          "agent_name": string;
          "closing_score": number | null;
          "confidence": string | null;
          "conversation_id": string | null;
          "created_at": string;
          "discovery_score": number | null;
          "duration_seconds": number | null;
          "end_reason": string | null;
          "ended_at": string | null;
          "feedback_improvements": (string)[];
          "feedback_strengths": (string)[];
          "graded_at": string | null;
          "graded_by": string | null;
          "has_words": boolean;
          "id": number;
          "idempotency_key": string | null;
          "last_activity_at": string;
          "last_sequence": number;
          "legacy_id": string | null;
          "line_count": number;
          "objection_handling_score": number | null;
          "overall_score": number | null;
          "rapport_score": number | null;
          "rubric_version": string | null;
          "started_at": string;
          "status": string;
          "transcript": NonNullable<Json>;
          "turn_at": string | null;
          "user_id": string;
          "virtual_earnings": number;
        };
        ComputedFields: never;
        Insert: {
          "agent_id"?: string | null;
          "agent_name": string;
          "closing_score"?: number | null;
          "confidence"?: string | null;
          "conversation_id"?: string | null;
          "created_at": string;
          "discovery_score"?: number | null;
          "duration_seconds"?: number | null;
          "end_reason"?: string | null;
          "ended_at"?: string | null;
          "feedback_improvements"?: (string)[];
          "feedback_strengths"?: (string)[];
          "graded_at"?: string | null;
          "graded_by"?: string | null;
          "has_words"?: never;
          "id"?: never;
          "idempotency_key"?: string | null;
          "last_activity_at": string;
          "last_sequence"?: never;
          "legacy_id"?: string | null;
          "line_count"?: never;
          "objection_handling_score"?: number | null;
          "overall_score"?: never;
          "rapport_score"?: number | null;
          "rubric_version"?: string | null;
          "started_at": string;
          "status"?: string;
          "transcript"?: NonNullable<Json>;
          "turn_at"?: string | null;
          "user_id": string;
          "virtual_earnings"?: number;
        };
        Update: {
          "agent_id"?: string | null;
          "agent_name"?: string;
          "closing_score"?: number | null;
          "confidence"?: string | null;
          "conversation_id"?: string | null;
          "created_at"?: string;
          "discovery_score"?: number | null;
          "duration_seconds"?: number | null;
          "end_reason"?: string | null;
          "ended_at"?: string | null;
          "feedback_improvements"?: (string)[];
          "feedback_strengths"?: (string)[];
          "graded_at"?: string | null;
          "graded_by"?: string | null;
          "has_words"?: never;
          "id"?: never;
          "idempotency_key"?: string | null;
          "last_activity_at"?: string;
          "last_sequence"?: never;
          "legacy_id"?: string | null;
          "line_count"?: never;
          "objection_handling_score"?: number | null;
          "overall_score"?: never;
          "rapport_score"?: number | null;
          "rubric_version"?: string | null;
          "started_at"?: string;
          "status"?: string;
          "transcript"?: NonNullable<Json>;
          "turn_at"?: string | null;
          "user_id"?: string;
          "virtual_earnings"?: number;
        };
        Relationships: [
          {
            foreignKeyName: "training_sessions_user_id_fkey";
            columns: ["user_id"];
            isOneToOne: false;
            referencedRelation: "users";
            referencedColumns: ["id"];
          },
        ];
      };
      "users": {
        Row: {
          "created_at": string;
          "id": string;
        };
        ComputedFields: never;
        Insert: {
          "created_at"?: string;
          "id": string;
        };
        Update: {
          "created_at"?: string;
          "id"?: string;
        };
        Relationships: [];
      };
    };
    Views: {
      "grading_health": {
        Row: {
          "bad_settings": (string)[] | null;
          "failures": Json | null;
          "given_up": number | null;
          "graded_by_heuristic": number | null;
          "graded_by_model": number | null;
          "leased": number | null;
          "model_asked": number | null;
          "model_failed": number | null;
          "oldest_wait_seconds": number | null;
          "seconds_to_grade_p50": number | null;
          "seconds_to_grade_p95": number | null;
          "tokens_in": number | null;
          "tokens_out": number | null;
          "waiting": number | null;
        };
        ComputedFields: never;
        Insert: {
          "bad_settings"?: (string)[] | null;
          "failures"?: Json | null;
          "given_up"?: number | null;
          "graded_by_heuristic"?: number | null;
          "graded_by_model"?: number | null;
          "leased"?: number | null;
          "model_asked"?: number | null;
          "model_failed"?: number | null;
          "oldest_wait_seconds"?: number | null;
          "seconds_to_grade_p50"?: number | null;
          "seconds_to_grade_p95"?: number | null;
          "tokens_in"?: number | null;
          "tokens_out"?: number | null;
          "waiting"?: number | null;
        };
        Update: {
          "bad_settings"?: (string)[] | null;
          "failures"?: Json | null;
          "given_up"?: number | null;
          "graded_by_heuristic"?: number | null;
          "graded_by_model"?: number | null;
          "leased"?: number | null;
          "model_asked"?: number | null;
          "model_failed"?: number | null;
          "oldest_wait_seconds"?: number | null;
          "seconds_to_grade_p50"?: number | null;
          "seconds_to_grade_p95"?: number | null;
          "tokens_in"?: number | null;
          "tokens_out"?: number | null;
          "waiting"?: number | null;
        };
        Relationships: [];
      };
      "voice_health": {
        Row: {
          "awaited_transcripts": number | null;
          "erasures_waiting": number | null;
          "given_up_transcripts": number | null;
          "last_event_age_seconds": number | null;
          "oldest_erasure_seconds": number | null;
          "reconciling": number | null;
          "troubles": Json | null;
          "unbound_transcripts": number | null;
          "webhooks_dead": number | null;
          "webhooks_waiting": number | null;
        };
        ComputedFields: never;
        Insert: {
          "awaited_transcripts"?: number | null;
          "erasures_waiting"?: number | null;
          "given_up_transcripts"?: number | null;
          "last_event_age_seconds"?: number | null;
          "oldest_erasure_seconds"?: number | null;
          "reconciling"?: number | null;
          "troubles"?: Json | null;
          "unbound_transcripts"?: number | null;
          "webhooks_dead"?: number | null;
          "webhooks_waiting"?: number | null;
        };
        Update: {
          "awaited_transcripts"?: number | null;
          "erasures_waiting"?: number | null;
          "given_up_transcripts"?: number | null;
          "last_event_age_seconds"?: number | null;
          "oldest_erasure_seconds"?: number | null;
          "reconciling"?: number | null;
          "troubles"?: Json | null;
          "unbound_transcripts"?: number | null;
          "webhooks_dead"?: number | null;
          "webhooks_waiting"?: number | null;
        };
        Relationships: [];
      };
    };
    Functions: {
      "add_webhook": { Args: { "events": (string)[]; "secret": string; "url": string }; Returns: number };
      "append_transcript": { Args: { "lines": Json; "session_id": number }; Returns: Json };
      "bind_training_conversation": {
        Args: { "conversation_id": string; "provider"?: string; "session_id": number };
        Returns: Json;
      };
      "claim_training_sessions": {
        Args: {
          "claim_token"?: string;
          "lease_seconds"?: number;
          "max_bytes"?: number;
          "max_count"?: number;
          "max_per_user"?: number;
          "session_id"?: number;
        };
        Returns: Json;
      };
      "claim_voice_work": { Args: { "max_count"?: number; "providers": (string)[] }; Returns: Json };
      "claim_webhooks": { Args: { "max_count"?: number }; Returns: Json };
      "complete_training_session": {
        Args: { "duration_seconds"?: number; "lines"?: Json; "session_id": number };
        Returns: Json;
      };
      "create_training_session": {
        Args: { "agent_id"?: string; "agent_name": string; "idempotency_key"?: string };
        Returns: Json;
      };
      "delete_training_session": { Args: { "session_id": number }; Returns: undefined };
      "get_claimed_training_session": { Args: { "claim_id": string; "session_id": number }; Returns: Json };
      "get_training_progress": { Args: { "time_zone"?: string }; Returns: Json };
      "get_training_recording": { Args: { "session_id": number }; Returns: Json };
      "get_training_session": { Args: { "session_id": number }; Returns: Json };
      "list_training_sessions": {
        Args: { "agent_name"?: string; "before"?: number; "max_count"?: number };
        Returns: Json;
      };
      "list_webhooks": { Args: Record<PropertyKey, never>; Returns: Json };
      "note_voice_erasure": {
        Args: { "conversation_id": string; "provider": string; "trouble"?: string };
        Returns: undefined;
      };
      "note_voice_poll": {
        Args: { "conversation_id": string; "provider": string; "trouble"?: string };
        Returns: undefined;
      };
      "note_webhook": {
        Args: { "gone"?: boolean; "id": number; "tries": number; "trouble"?: string };
        Returns: undefined;
      };
      "receive_voice_record": { Args: { "record": Json; "token": string }; Returns: Json };
      "regrade_training_sessions": {
        Args: { "agent_name"?: string; "dry_run"?: boolean; "heuristic_since"?: string; "session_ids"?: (number)[] };
        Returns: Json;
      };
      "remove_webhook": { Args: { "id": number }; Returns: boolean };
      "replay_webhooks": { Args: { "id"?: number }; Returns: number };
      "resolve_legacy_sessions": { Args: { "legacy_ids": (string)[] }; Returns: Json };
      "save_training_grade": { Args: { "attempts": Json; "claim_id": string; "session_id": number }; Returns: Json };
      "save_voice_reconciliation": {
        Args: {
          "changes": number;
          "lines": Json;
          "session_id": number;
          "timings": Json;
          "unplaced": number;
          "version": string;
        };
        Returns: Json;
      };
      "session_system": { Args: Record<PropertyKey, never>; Returns: string };
      "start_training_voice": { Args: { "session_id": number }; Returns: Json };
      "store_voice_record": { Args: { "record": Json }; Returns: Json };
      "sweep_training_sessions": { Args: { "max_count"?: number }; Returns: Json };
      "take_homeowner_turn": { Args: { "session_id": number }; Returns: Json };
      "test_webhook": { Args: { "id": number }; Returns: number };
      "webhook_outcome": { Args: { "id": number }; Returns: Json };
    };
    Enums: {
      [_ in never]: never;
    };
    CompositeTypes: {
      [_ in never]: never;
    };
  };
};

type DatabaseWithoutInternals = Omit<Database, "__InternalSupabase">;

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, "public">];

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof (
      & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
      & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"]
    )
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals } ? (
    & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    & DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Views"]
  )[TableName] extends {
    Row: infer R;
  } ? R
  : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema["Tables"] & DefaultSchema["Views"])
    ? (DefaultSchema["Tables"] & DefaultSchema["Views"])[DefaultSchemaTableNameOrOptions] extends {
      Row: infer R;
    } ? R
    : never
  : never;

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
    Insert: infer I;
  } ? I
  : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Insert: infer I;
    } ? I
    : never
  : never;

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends
    | keyof DefaultSchema["Tables"]
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"]
    : never = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions["schema"]]["Tables"][TableName] extends {
    Update: infer U;
  } ? U
  : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema["Tables"]
    ? DefaultSchema["Tables"][DefaultSchemaTableNameOrOptions] extends {
      Update: infer U;
    } ? U
    : never
  : never;

export type Enums<
  DefaultSchemaEnumNameOrOptions extends
    | keyof DefaultSchema["Enums"]
    | { schema: keyof DatabaseWithoutInternals },
  EnumName extends DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"]
    : never = never,
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions["schema"]]["Enums"][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema["Enums"]
    ? DefaultSchema["Enums"][DefaultSchemaEnumNameOrOptions]
  : never;

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema["CompositeTypes"]
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  } ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"]
    : never = never,
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions["schema"]]["CompositeTypes"][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema["CompositeTypes"]
    ? DefaultSchema["CompositeTypes"][PublicCompositeTypeNameOrOptions]
  : never;

export const Constants = {
  "public": {
    Enums: {},
  },
} as const;
