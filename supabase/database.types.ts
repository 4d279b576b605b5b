// Written by `npm run migration` from supabase/schemas; never edit it. For your own app: createClient<Database>(…).
// Where contacts and workspaces have columns of yours, generate it from your project instead (docs/queries.md).

export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];

export type Database = {
  public: {
    Tables: {
      contacts: {
        Row: {
          active: boolean | null;
          address_city: string | null;
          address_country: string | null;
          address_country_code: string | null;
          address_latitude: number | null;
          address_longitude: number | null;
          address_state: string | null;
          address_street: string | null;
          address_unit: string | null;
          address_zip: string | null;
          created_at: string;
          crm_id: string | null;
          crm_missing_since: string | null;
          crm_modified_on: string | null;
          crm_source: string | null;
          email: string | null;
          id: string;
          merged_to_crm_id: string | null;
          metadata: Json | null;
          name: string | null;
          phone: string | null;
          workspace_id: string;
        };
        ComputedFields: never;
        Insert: {
          active?: boolean | null;
          address_city?: string | null;
          address_country?: string | null;
          address_country_code?: string | null;
          address_latitude?: number | null;
          address_longitude?: number | null;
          address_state?: string | null;
          address_street?: string | null;
          address_unit?: string | null;
          address_zip?: string | null;
          created_at?: string;
          crm_id?: string | null;
          crm_missing_since?: string | null;
          crm_modified_on?: string | null;
          crm_source?: string | null;
          email?: string | null;
          id?: string;
          merged_to_crm_id?: string | null;
          metadata?: Json | null;
          name?: string | null;
          phone?: string | null;
          workspace_id: string;
        };
        Update: {
          active?: boolean | null;
          address_city?: string | null;
          address_country?: string | null;
          address_country_code?: string | null;
          address_latitude?: number | null;
          address_longitude?: number | null;
          address_state?: string | null;
          address_street?: string | null;
          address_unit?: string | null;
          address_zip?: string | null;
          created_at?: string;
          crm_id?: string | null;
          crm_missing_since?: string | null;
          crm_modified_on?: string | null;
          crm_source?: string | null;
          email?: string | null;
          id?: string;
          merged_to_crm_id?: string | null;
          metadata?: Json | null;
          name?: string | null;
          phone?: string | null;
          workspace_id?: string;
        };
        Relationships: [];
      };
      servicetitan_alerts: {
        Row: {
          claimed_until: string | null;
          closed_at: string | null;
          closing_told_at: string | null;
          id: string;
          kind: string;
          message: string;
          opened_at: string;
          opening_told_at: string | null;
          workspace_id: string;
        };
        ComputedFields: never;
        Insert: {
          claimed_until?: string | null;
          closed_at?: string | null;
          closing_told_at?: string | null;
          id?: string;
          kind: string;
          message: string;
          opened_at?: string;
          opening_told_at?: string | null;
          workspace_id: string;
        };
        Update: {
          claimed_until?: string | null;
          closed_at?: string | null;
          closing_told_at?: string | null;
          id?: string;
          kind?: string;
          message?: string;
          opened_at?: string;
          opening_told_at?: string | null;
          workspace_id?: string;
        };
        Relationships: [];
      };
      servicetitan_connections: {
        Row: {
          app_key_sealed: string;
          client_id: string;
          client_secret_sealed: string;
          country: string | null;
          created_at: string;
          credentials_id: string;
          enabled: boolean;
          environment: string;
          tenant_id: string;
          updated_at: string;
          workspace_id: string;
        };
        ComputedFields: never;
        Insert: {
          app_key_sealed: string;
          client_id: string;
          client_secret_sealed: string;
          country?: string | null;
          created_at?: string;
          credentials_id: string;
          enabled?: boolean;
          environment: string;
          tenant_id: string;
          updated_at?: string;
          workspace_id: string;
        };
        Update: {
          app_key_sealed?: string;
          client_id?: string;
          client_secret_sealed?: string;
          country?: string | null;
          created_at?: string;
          credentials_id?: string;
          enabled?: boolean;
          environment?: string;
          tenant_id?: string;
          updated_at?: string;
          workspace_id?: string;
        };
        Relationships: [];
      };
      servicetitan_contact_methods: {
        Row: {
          active: boolean | null;
          country_code: string | null;
          crm_id: string;
          do_not_text: boolean | null;
          extension: string | null;
          home_country: string | null;
          id: number;
          listed: boolean;
          marketing: boolean | null;
          memo: string | null;
          missing_again_at: string | null;
          missing_from: string | null;
          missing_since: string | null;
          modified_on: string;
          normalized: string | null;
          normalized_before: string | null;
          rank: number | null;
          refused_at: string | null;
          refused_modified_on: string | null;
          source: string;
          type: string;
          usability: string;
          value: string;
          workspace_id: string;
        };
        ComputedFields: never;
        Insert: {
          active?: boolean | null;
          country_code?: string | null;
          crm_id: string;
          do_not_text?: boolean | null;
          extension?: string | null;
          home_country?: string | null;
          id: number;
          listed?: boolean;
          marketing?: boolean | null;
          memo?: string | null;
          missing_again_at?: string | null;
          missing_from?: string | null;
          missing_since?: string | null;
          modified_on: string;
          normalized?: string | null;
          normalized_before?: string | null;
          rank?: never;
          refused_at?: string | null;
          refused_modified_on?: string | null;
          source: string;
          type: string;
          usability: string;
          value: string;
          workspace_id: string;
        };
        Update: {
          active?: boolean | null;
          country_code?: string | null;
          crm_id?: string;
          do_not_text?: boolean | null;
          extension?: string | null;
          home_country?: string | null;
          id?: number;
          listed?: boolean;
          marketing?: boolean | null;
          memo?: string | null;
          missing_again_at?: string | null;
          missing_from?: string | null;
          missing_since?: string | null;
          modified_on?: string;
          normalized?: string | null;
          normalized_before?: string | null;
          rank?: never;
          refused_at?: string | null;
          refused_modified_on?: string | null;
          source?: string;
          type?: string;
          usability?: string;
          value?: string;
          workspace_id?: string;
        };
        Relationships: [];
      };
      servicetitan_pass_chunks: {
        Row: {
          differing: NonNullable<Json>;
          feed: string;
          ids: number[];
          kept: NonNullable<Json>;
          missing: number[];
          owners: number[];
          page: number;
          part: string;
          pass: number;
          set_aside: number[];
          stale: number[];
          unnamed: number;
          unreadable: NonNullable<Json>;
          went_back: number[];
          workspace_id: string;
        };
        ComputedFields: never;
        Insert: {
          differing?: NonNullable<Json>;
          feed: string;
          ids?: number[];
          kept?: NonNullable<Json>;
          missing?: number[];
          owners?: number[];
          page: number;
          part: string;
          pass: number;
          set_aside?: number[];
          stale?: number[];
          unnamed?: number;
          unreadable?: NonNullable<Json>;
          went_back?: number[];
          workspace_id: string;
        };
        Update: {
          differing?: NonNullable<Json>;
          feed?: string;
          ids?: number[];
          kept?: NonNullable<Json>;
          missing?: number[];
          owners?: number[];
          page?: number;
          part?: string;
          pass?: number;
          set_aside?: number[];
          stale?: number[];
          unnamed?: number;
          unreadable?: NonNullable<Json>;
          went_back?: number[];
          workspace_id?: string;
        };
        Relationships: [];
      };
      servicetitan_proofs: {
        Row: {
          began_at: string;
          begun_again: string[];
          chunks: number;
          continue_from: string | null;
          created_at: string;
          differing: number | null;
          ended_at: string | null;
          fields: NonNullable<Json>;
          gone: number | null;
          held: number[];
          ids: NonNullable<Json>;
          listed: number | null;
          mended: number | null;
          missing: number | null;
          page: number;
          pass: number;
          rechecks: number | null;
          refused: number | null;
          returned: number | null;
          right_when_read: number | null;
          seen: number | null;
          source: string;
          stage: string;
          stale: number | null;
          to_ask: number[];
          unreadable_fields: NonNullable<Json>;
          went_back: number | null;
          whole: boolean | null;
          why: string;
          why_not: NonNullable<Json>;
          workspace_id: string;
        };
        ComputedFields: never;
        Insert: {
          began_at: string;
          begun_again?: string[];
          chunks?: number;
          continue_from?: string | null;
          created_at?: string;
          differing?: number | null;
          ended_at?: string | null;
          fields?: NonNullable<Json>;
          gone?: number | null;
          held?: number[];
          ids?: NonNullable<Json>;
          listed?: number | null;
          mended?: number | null;
          missing?: number | null;
          page?: number;
          pass: number;
          rechecks?: number | null;
          refused?: number | null;
          returned?: number | null;
          right_when_read?: number | null;
          seen?: number | null;
          source: string;
          stage?: string;
          stale?: number | null;
          to_ask?: number[];
          unreadable_fields?: NonNullable<Json>;
          went_back?: number | null;
          whole?: boolean | null;
          why: string;
          why_not?: NonNullable<Json>;
          workspace_id: string;
        };
        Update: {
          began_at?: string;
          begun_again?: string[];
          chunks?: number;
          continue_from?: string | null;
          created_at?: string;
          differing?: number | null;
          ended_at?: string | null;
          fields?: NonNullable<Json>;
          gone?: number | null;
          held?: number[];
          ids?: NonNullable<Json>;
          listed?: number | null;
          mended?: number | null;
          missing?: number | null;
          page?: number;
          pass?: number;
          rechecks?: number | null;
          refused?: number | null;
          returned?: number | null;
          right_when_read?: number | null;
          seen?: number | null;
          source?: string;
          stage?: string;
          stale?: number | null;
          to_ask?: number[];
          unreadable_fields?: NonNullable<Json>;
          went_back?: number | null;
          whole?: boolean | null;
          why?: string;
          why_not?: NonNullable<Json>;
          workspace_id?: string;
        };
        Relationships: [];
      };
      servicetitan_rechecks: {
        Row: {
          added_at: string;
          ask_again: boolean;
          asked_at: string | null;
          asked_in: string | null;
          crm_id: string;
          due_at: string;
          email_bare_again_at: string | null;
          email_bare_from: string | null;
          email_bare_since: string | null;
          failing_since: string | null;
          failures: number;
          held_at: string | null;
          phone_bare_again_at: string | null;
          phone_bare_from: string | null;
          phone_bare_since: string | null;
          read_in: string | null;
          refused_at: string | null;
          refused_in: string | null;
          refused_modified_on: string | null;
          source: string;
          why: string;
          workspace_id: string;
        };
        ComputedFields: never;
        Insert: {
          added_at?: string;
          ask_again?: boolean;
          asked_at?: string | null;
          asked_in?: string | null;
          crm_id: string;
          due_at?: string;
          email_bare_again_at?: string | null;
          email_bare_from?: string | null;
          email_bare_since?: string | null;
          failing_since?: string | null;
          failures?: number;
          held_at?: string | null;
          phone_bare_again_at?: string | null;
          phone_bare_from?: string | null;
          phone_bare_since?: string | null;
          read_in?: string | null;
          refused_at?: string | null;
          refused_in?: string | null;
          refused_modified_on?: string | null;
          source: string;
          why: string;
          workspace_id: string;
        };
        Update: {
          added_at?: string;
          ask_again?: boolean;
          asked_at?: string | null;
          asked_in?: string | null;
          crm_id?: string;
          due_at?: string;
          email_bare_again_at?: string | null;
          email_bare_from?: string | null;
          email_bare_since?: string | null;
          failing_since?: string | null;
          failures?: number;
          held_at?: string | null;
          phone_bare_again_at?: string | null;
          phone_bare_from?: string | null;
          phone_bare_since?: string | null;
          read_in?: string | null;
          refused_at?: string | null;
          refused_in?: string | null;
          refused_modified_on?: string | null;
          source?: string;
          why?: string;
          workspace_id?: string;
        };
        Relationships: [];
      };
      servicetitan_sync_errors: {
        Row: {
          attempts: number;
          call_failed: boolean;
          crm_id: string;
          feed: string;
          first_seen_at: string;
          instance_id: string;
          last_seen_at: string;
          reason: string;
          source: string;
          sqlstate: string | null;
          workspace_id: string;
        };
        ComputedFields: never;
        Insert: {
          attempts?: number;
          call_failed?: boolean;
          crm_id: string;
          feed: string;
          first_seen_at?: string;
          instance_id: string;
          last_seen_at?: string;
          reason: string;
          source: string;
          sqlstate?: string | null;
          workspace_id: string;
        };
        Update: {
          attempts?: number;
          call_failed?: boolean;
          crm_id?: string;
          feed?: string;
          first_seen_at?: string;
          instance_id?: string;
          last_seen_at?: string;
          reason?: string;
          source?: string;
          sqlstate?: string | null;
          workspace_id?: string;
        };
        Relationships: [];
      };
      servicetitan_sync_reads: {
        Row: {
          created: number[] | null;
          feed: string;
          instance_id: string;
          page: number;
          part: string;
          read_at: string;
          set_aside: number[] | null;
          source: string;
          stale: number[] | null;
          unchanged: number[] | null;
          updated: number[] | null;
          workspace_id: string;
        };
        ComputedFields: never;
        Insert: {
          created?: number[] | null;
          feed: string;
          instance_id: string;
          page: number;
          part: string;
          read_at?: string;
          set_aside?: number[] | null;
          source: string;
          stale?: number[] | null;
          unchanged?: number[] | null;
          updated?: number[] | null;
          workspace_id: string;
        };
        Update: {
          created?: number[] | null;
          feed?: string;
          instance_id?: string;
          page?: number;
          part?: string;
          read_at?: string;
          set_aside?: number[] | null;
          source?: string;
          stale?: number[] | null;
          unchanged?: number[] | null;
          updated?: number[] | null;
          workspace_id?: string;
        };
        Relationships: [];
      };
      servicetitan_sync_runs: {
        Row: {
          contact_methods: number;
          created: number;
          created_at: string;
          customers_started_at: string | null;
          doubts: NonNullable<Json>;
          error: string | null;
          error_code: string | null;
          errors: number;
          expected: number | null;
          fence: number;
          fetched: number;
          finished_at: string | null;
          instance_id: string;
          misses: number;
          mode: string | null;
          pages: number;
          predecessor: string | null;
          retry: Json | null;
          service_titan_calls: number;
          source: string | null;
          stale: number;
          started_at: string | null;
          status: string;
          steps: number;
          through_contacts: number;
          took_over: string | null;
          trigger: string;
          unchanged: number;
          unreadable_fields: NonNullable<Json>;
          updated: number;
          window_closed_at: string | null;
          window_from: string | null;
          window_started_at: string | null;
          window_until: string | null;
          workspace_id: string;
        };
        ComputedFields: never;
        Insert: {
          contact_methods?: number;
          created?: number;
          created_at?: string;
          customers_started_at?: string | null;
          doubts?: NonNullable<Json>;
          error?: string | null;
          error_code?: string | null;
          errors?: number;
          expected?: number | null;
          fence: number;
          fetched?: number;
          finished_at?: string | null;
          instance_id: string;
          misses?: number;
          mode?: string | null;
          pages?: number;
          predecessor?: string | null;
          retry?: Json | null;
          service_titan_calls?: number;
          source?: string | null;
          stale?: number;
          started_at?: string | null;
          status?: string;
          steps?: number;
          through_contacts?: number;
          took_over?: string | null;
          trigger: string;
          unchanged?: number;
          unreadable_fields?: NonNullable<Json>;
          updated?: number;
          window_closed_at?: string | null;
          window_from?: string | null;
          window_started_at?: string | null;
          window_until?: string | null;
          workspace_id: string;
        };
        Update: {
          contact_methods?: number;
          created?: number;
          created_at?: string;
          customers_started_at?: string | null;
          doubts?: NonNullable<Json>;
          error?: string | null;
          error_code?: string | null;
          errors?: number;
          expected?: number | null;
          fence?: number;
          fetched?: number;
          finished_at?: string | null;
          instance_id?: string;
          misses?: number;
          mode?: string | null;
          pages?: number;
          predecessor?: string | null;
          retry?: Json | null;
          service_titan_calls?: number;
          source?: string | null;
          stale?: number;
          started_at?: string | null;
          status?: string;
          steps?: number;
          through_contacts?: number;
          took_over?: string | null;
          trigger?: string;
          unchanged?: number;
          unreadable_fields?: NonNullable<Json>;
          updated?: number;
          window_closed_at?: string | null;
          window_from?: string | null;
          window_started_at?: string | null;
          window_until?: string | null;
          workspace_id?: string;
        };
        Relationships: [];
      };
      servicetitan_sync_state: {
        Row: {
          alive_until: string | null;
          checkpoint: Json | null;
          completed_by: string | null;
          contacts_continue_from: string | null;
          contacts_past_future: boolean;
          contacts_stamp: string | null;
          deployment: string | null;
          export_again: string | null;
          export_seen: string[];
          failures: number;
          fence: number;
          home_country: string | null;
          initial_feed: string | null;
          initial_stamp: string | null;
          initial_started_at: string | null;
          initial_sync_completed: boolean;
          last_completed_at: string | null;
          last_continue_from: string | null;
          last_error: string | null;
          last_modified_cursor: string | null;
          last_sync_created: number;
          last_sync_errors: number;
          last_sync_updated: number;
          next_attempt_at: string | null;
          nudged_at: string | null;
          page: number;
          parts: string[];
          pass_wanted_at: string | null;
          run_instance_id: string | null;
          settled: NonNullable<Json>;
          settled_until: string | null;
          source: string | null;
          sync_status: string;
          tag_types_asked_at: string | null;
          tag_types_refused: boolean;
          total_customers_synced: number;
          updated_at: string;
          workspace_id: string;
          find_servicetitan_short_sync: Json | null;
        };
        ComputedFields: 'find_servicetitan_short_sync';
        Insert: {
          alive_until?: string | null;
          checkpoint?: Json | null;
          completed_by?: string | null;
          contacts_continue_from?: string | null;
          contacts_past_future?: boolean;
          contacts_stamp?: string | null;
          deployment?: string | null;
          export_again?: string | null;
          export_seen?: string[];
          failures?: number;
          fence?: number;
          home_country?: string | null;
          initial_feed?: string | null;
          initial_stamp?: string | null;
          initial_started_at?: string | null;
          initial_sync_completed?: boolean;
          last_completed_at?: string | null;
          last_continue_from?: string | null;
          last_error?: string | null;
          last_modified_cursor?: string | null;
          last_sync_created?: number;
          last_sync_errors?: number;
          last_sync_updated?: number;
          next_attempt_at?: string | null;
          nudged_at?: string | null;
          page?: number;
          parts?: string[];
          pass_wanted_at?: string | null;
          run_instance_id?: string | null;
          settled?: NonNullable<Json>;
          settled_until?: string | null;
          source?: string | null;
          sync_status?: string;
          tag_types_asked_at?: string | null;
          tag_types_refused?: boolean;
          total_customers_synced?: number;
          updated_at?: string;
          workspace_id: string;
        };
        Update: {
          alive_until?: string | null;
          checkpoint?: Json | null;
          completed_by?: string | null;
          contacts_continue_from?: string | null;
          contacts_past_future?: boolean;
          contacts_stamp?: string | null;
          deployment?: string | null;
          export_again?: string | null;
          export_seen?: string[];
          failures?: number;
          fence?: number;
          home_country?: string | null;
          initial_feed?: string | null;
          initial_stamp?: string | null;
          initial_started_at?: string | null;
          initial_sync_completed?: boolean;
          last_completed_at?: string | null;
          last_continue_from?: string | null;
          last_error?: string | null;
          last_modified_cursor?: string | null;
          last_sync_created?: number;
          last_sync_errors?: number;
          last_sync_updated?: number;
          next_attempt_at?: string | null;
          nudged_at?: string | null;
          page?: number;
          parts?: string[];
          pass_wanted_at?: string | null;
          run_instance_id?: string | null;
          settled?: NonNullable<Json>;
          settled_until?: string | null;
          source?: string | null;
          sync_status?: string;
          tag_types_asked_at?: string | null;
          tag_types_refused?: boolean;
          total_customers_synced?: number;
          updated_at?: string;
          workspace_id?: string;
        };
        Relationships: [];
      };
      servicetitan_tag_types: {
        Row: {
          active: boolean;
          id: string;
          name: string;
          source: string;
          workspace_id: string;
        };
        ComputedFields: never;
        Insert: {
          active: boolean;
          id: string;
          name: string;
          source: string;
          workspace_id: string;
        };
        Update: {
          active?: boolean;
          id?: string;
          name?: string;
          source?: string;
          workspace_id?: string;
        };
        Relationships: [];
      };
      servicetitan_ticks: {
        Row: {
          deployment: string;
          last_catch_up_at: string | null;
          last_tick_at: string | null;
        };
        ComputedFields: never;
        Insert: {
          deployment: string;
          last_catch_up_at?: string | null;
          last_tick_at?: string | null;
        };
        Update: {
          deployment?: string;
          last_catch_up_at?: string | null;
          last_tick_at?: string | null;
        };
        Relationships: [];
      };
      workspaces: {
        Row: {
          id: string;
          name: string | null;
          time_zone: string | null;
        };
        ComputedFields: never;
        Insert: {
          id: string;
          name?: string | null;
          time_zone?: string | null;
        };
        Update: {
          id?: string;
          name?: string | null;
          time_zone?: string | null;
        };
        Relationships: [];
      };
    };
    Views: {
      servicetitan_contact_points: {
        Row: {
          as_entered: string;
          chosen: boolean | null;
          crm_id: string;
          do_not_text: boolean | null;
          extension: string | null;
          id: number;
          marketing: boolean | null;
          memo: string | null;
          modified_on: string;
          normalized: string | null;
          type: string;
          usability: string;
          workspace_id: string;
        };
        ComputedFields: never;
        Relationships: [];
      };
      servicetitan_contact_tags: {
        Row: {
          active: boolean | null;
          crm_id: string | null;
          name: string | null;
          tag_type_id: string | null;
          workspace_id: string;
        };
        ComputedFields: never;
        Relationships: [];
      };
    };
    Functions: {
      add_servicetitan_counts: { Args: { p_counts: Json; p_more: Json }; Returns: Json };
      add_servicetitan_rechecks: {
        Args: { p_crm_ids: string[]; p_due_at: string; p_source: string; p_why: string; p_workspace_id: string };
        Returns: undefined;
      };
      advance_servicetitan_cursor: {
        Args: {
          p_cursor: string;
          p_doubts?: Json;
          p_fence: number;
          p_instance_id: string;
          p_place?: Json;
          p_workspace_id: string;
        };
        Returns: undefined;
      };
      begin_servicetitan_pass: {
        Args: { p_days: number; p_fence: number; p_instance_id: string; p_workspace_id: string };
        Returns: Json;
      };
      begin_servicetitan_run: {
        Args: {
          p_instance_id: string;
          p_overlap_seconds: number;
          p_pass_days?: number;
          p_settled_minutes?: number;
          p_started_at: string;
          p_workspace_id: string;
        };
        Returns: Json;
      };
      blame_servicetitan_pass: {
        Args: { p_pass: number; p_why_not: Json; p_workspace_id: string };
        Returns: undefined;
      };
      chain_servicetitan_doubts: { Args: { p_doubts: Json; p_instance_id: string }; Returns: Json };
      check_servicetitan_chunks: { Args: { p_chunks: number; p_parts: string[] }; Returns: undefined };
      check_servicetitan_place: {
        Args: {
          p_place: Json;
          p_state: Omit<
            Database['public']['Tables']['servicetitan_sync_state']['Row'],
            Database['public']['Tables']['servicetitan_sync_state']['ComputedFields']
          >;
        };
        Returns: undefined;
      };
      choose_servicetitan_canaries: {
        Args: { p_instance_id: string; p_source: string; p_workspace_id: string };
        Returns: string[];
      };
      claim_servicetitan_alerts: {
        Args: {
          p_after_ticks: number;
          p_end_hour: number;
          p_limit: number;
          p_pass_days?: number;
          p_start_hour: number;
          p_tick_seconds: number;
        };
        Returns: Json;
      };
      claim_servicetitan_run: { Args: { p_claim: Json; p_deployment: string; p_trigger: string }; Returns: Json };
      claim_servicetitan_runs: { Args: { p_claims: Json; p_deployment?: string; p_trigger: string }; Returns: Json };
      collect_servicetitan_ranges: { Args: { p_part: string; p_parts: string[] }; Returns: unknown };
      commit_servicetitan_page: {
        Args: { p_commit: Json; p_fence: number; p_instance_id: string; p_place?: Json; p_workspace_id: string };
        Returns: undefined;
      };
      commit_servicetitan_pass: {
        Args: {
          p_commit: Json;
          p_state: Omit<
            Database['public']['Tables']['servicetitan_sync_state']['Row'],
            Database['public']['Tables']['servicetitan_sync_state']['ComputedFields']
          >;
        };
        Returns: undefined;
      };
      commit_servicetitan_settled: {
        Args: {
          p_commit: Json;
          p_instance_id: string;
          p_state: Omit<
            Database['public']['Tables']['servicetitan_sync_state']['Row'],
            Database['public']['Tables']['servicetitan_sync_state']['ComputedFields']
          >;
        };
        Returns: undefined;
      };
      complete_servicetitan_run: {
        Args: {
          p_calls: number;
          p_commit: Json;
          p_doubts?: Json;
          p_fence: number;
          p_instance_id: string;
          p_pages: number;
          p_place?: Json;
          p_steps?: number;
          p_workspace_id: string;
        };
        Returns: Json;
      };
      continue_servicetitan_run: {
        Args: {
          p_calls: number;
          p_checkpoint: Json;
          p_doubts?: Json;
          p_export_again?: string;
          p_export_seen?: string[];
          p_fence: number;
          p_instance_id: string;
          p_pages: number;
          p_place?: Json;
          p_steps?: number;
          p_successor_id: string;
          p_workspace_id: string;
        };
        Returns: undefined;
      };
      count_servicetitan_new_methods: { Args: { p_methods: Json; p_run: Json }; Returns: number };
      count_servicetitan_seconds: { Args: { p_from: string; p_to: string }; Returns: number };
      delete_servicetitan_connection: { Args: { p_workspace_id: string }; Returns: boolean };
      doubt_servicetitan_pass: {
        Args: { p_fence: number; p_instance_id: string; p_why_not: Json; p_workspace_id: string };
        Returns: undefined;
      };
      drop_servicetitan_pass: { Args: { p_workspace_id: string }; Returns: undefined };
      enable_servicetitan_connection: { Args: { p_enabled: boolean; p_workspace_id: string }; Returns: boolean };
      end_servicetitan_gone_runs: { Args: { p_runs: Json }; Returns: Json };
      enter_servicetitan_part: {
        Args: { p_closes: Json; p_outstanding: boolean; p_part: string; p_parts: string[]; p_rejected: string[] };
        Returns: string[];
      };
      enter_servicetitan_reads: {
        Args: {
          p_created: number[];
          p_feed: string;
          p_instance_id: string;
          p_page: number;
          p_part: string;
          p_set_aside?: number[];
          p_stale?: number[];
          p_state: Omit<
            Database['public']['Tables']['servicetitan_sync_state']['Row'],
            Database['public']['Tables']['servicetitan_sync_state']['ComputedFields']
          >;
          p_unchanged?: number[];
          p_updated: number[];
        };
        Returns: undefined;
      };
      fail_servicetitan_run: {
        Args: {
          p_calls: number;
          p_code: string;
          p_doubts?: Json;
          p_error: string;
          p_instance_id: string;
          p_pages: number;
          p_steps?: number;
          p_workspace_id: string;
        };
        Returns: undefined;
      };
      fill_servicetitan_methods: { Args: { p_methods: Json; p_source: string; p_workspace_id: string }; Returns: Json };
      find_servicetitan_culprit: { Args: { p_context: string }; Returns: string };
      find_servicetitan_doubtful: {
        Args: {
          p_after_ticks: number;
          p_end_hour: number;
          p_settled_until: string;
          p_source: string;
          p_start_hour: number;
          p_time_zone: string;
          p_workspace_id: string;
        };
        Returns: {
          kind: string;
          message: string;
          workspace_id: string;
        }[];
      };
      find_servicetitan_failed_proofs: {
        Args: { p_pass_days: number; p_since: string; p_source: string; p_workspace_id: string };
        Returns: {
          kind: string;
          message: string;
          workspace_id: string;
        }[];
      };
      find_servicetitan_incidents: {
        Args: {
          p_after_ticks: number;
          p_end_hour: number;
          p_pass_days: number;
          p_start_hour: number;
          p_tick_seconds: number;
        };
        Returns: {
          kind: string;
          message: string;
          workspace_id: string;
        }[];
      };
      find_servicetitan_obstacles: {
        Args: Record<PropertyKey, never>;
        Returns: {
          fault: string;
          object: string;
          statement: string;
        }[];
      };
      find_servicetitan_phones_to_grade: {
        Args: { p_crm_ids: string[]; p_home_country: string; p_source: string; p_workspace_id: string };
        Returns: Json;
      };
      find_servicetitan_short_sync: {
        Args: {
          p_state: Omit<
            Database['public']['Tables']['servicetitan_sync_state']['Row'],
            Database['public']['Tables']['servicetitan_sync_state']['ComputedFields']
          >;
        };
        Returns: Json;
      };
      finish_servicetitan_pass: {
        Args: {
          p_pass: Omit<
            Database['public']['Tables']['servicetitan_proofs']['Row'],
            Database['public']['Tables']['servicetitan_proofs']['ComputedFields']
          >;
          p_why_not: Json;
        };
        Returns: undefined;
      };
      format_servicetitan_instant: { Args: { p_instant: string }; Returns: string };
      heal_servicetitan_settled: { Args: { p_settled: Json }; Returns: Json };
      heal_servicetitan_state: {
        Args: { p_workspace_id: string };
        Returns: {
          alive_until: string | null;
          checkpoint: Json | null;
          completed_by: string | null;
          contacts_continue_from: string | null;
          contacts_past_future: boolean;
          contacts_stamp: string | null;
          deployment: string | null;
          export_again: string | null;
          export_seen: string[];
          failures: number;
          fence: number;
          home_country: string | null;
          initial_feed: string | null;
          initial_stamp: string | null;
          initial_started_at: string | null;
          initial_sync_completed: boolean;
          last_completed_at: string | null;
          last_continue_from: string | null;
          last_error: string | null;
          last_modified_cursor: string | null;
          last_sync_created: number;
          last_sync_errors: number;
          last_sync_updated: number;
          next_attempt_at: string | null;
          nudged_at: string | null;
          page: number;
          parts: string[];
          pass_wanted_at: string | null;
          run_instance_id: string | null;
          settled: NonNullable<Json>;
          settled_until: string | null;
          source: string | null;
          sync_status: string;
          tag_types_asked_at: string | null;
          tag_types_refused: boolean;
          total_customers_synced: number;
          updated_at: string;
          workspace_id: string;
        };
        SetofOptions: {
          from: '*';
          to: 'servicetitan_sync_state';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      hold_servicetitan_lease: {
        Args: { p_fence: number; p_instance_id: string; p_wait_seconds?: number; p_workspace_id: string };
        Returns: {
          alive_until: string | null;
          checkpoint: Json | null;
          completed_by: string | null;
          contacts_continue_from: string | null;
          contacts_past_future: boolean;
          contacts_stamp: string | null;
          deployment: string | null;
          export_again: string | null;
          export_seen: string[];
          failures: number;
          fence: number;
          home_country: string | null;
          initial_feed: string | null;
          initial_stamp: string | null;
          initial_started_at: string | null;
          initial_sync_completed: boolean;
          last_completed_at: string | null;
          last_continue_from: string | null;
          last_error: string | null;
          last_modified_cursor: string | null;
          last_sync_created: number;
          last_sync_errors: number;
          last_sync_updated: number;
          next_attempt_at: string | null;
          nudged_at: string | null;
          page: number;
          parts: string[];
          pass_wanted_at: string | null;
          run_instance_id: string | null;
          settled: NonNullable<Json>;
          settled_until: string | null;
          source: string | null;
          sync_status: string;
          tag_types_asked_at: string | null;
          tag_types_refused: boolean;
          total_customers_synced: number;
          updated_at: string;
          workspace_id: string;
        };
        SetofOptions: {
          from: '*';
          to: 'servicetitan_sync_state';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      hold_servicetitan_page: {
        Args: { p_run: Json };
        Returns: {
          alive_until: string | null;
          checkpoint: Json | null;
          completed_by: string | null;
          contacts_continue_from: string | null;
          contacts_past_future: boolean;
          contacts_stamp: string | null;
          deployment: string | null;
          export_again: string | null;
          export_seen: string[];
          failures: number;
          fence: number;
          home_country: string | null;
          initial_feed: string | null;
          initial_stamp: string | null;
          initial_started_at: string | null;
          initial_sync_completed: boolean;
          last_completed_at: string | null;
          last_continue_from: string | null;
          last_error: string | null;
          last_modified_cursor: string | null;
          last_sync_created: number;
          last_sync_errors: number;
          last_sync_updated: number;
          next_attempt_at: string | null;
          nudged_at: string | null;
          page: number;
          parts: string[];
          pass_wanted_at: string | null;
          run_instance_id: string | null;
          settled: NonNullable<Json>;
          settled_until: string | null;
          source: string | null;
          sync_status: string;
          tag_types_asked_at: string | null;
          tag_types_refused: boolean;
          total_customers_synced: number;
          updated_at: string;
          workspace_id: string;
        };
        SetofOptions: {
          from: '*';
          to: 'servicetitan_sync_state';
          isOneToOne: true;
          isSetofReturn: false;
        };
      };
      inspect_servicetitan_database: { Args: Record<PropertyKey, never>; Returns: Json };
      is_servicetitan_backing_off: { Args: { p_next_attempt_at: string }; Returns: boolean };
      is_servicetitan_checkpoint: { Args: { p_checkpoint: Json }; Returns: boolean };
      is_servicetitan_lease_live: { Args: { p_alive_until: string }; Returns: boolean };
      is_servicetitan_outage: { Args: { p_message: string; p_sqlstate: string }; Returns: boolean };
      is_servicetitan_part_counted: { Args: { p_part: string; p_parts: string[] }; Returns: boolean };
      is_servicetitan_part_whole: { Args: { p_part: string; p_parts: string[] }; Returns: boolean };
      is_servicetitan_past: { Args: { p_text: string }; Returns: boolean };
      is_servicetitan_run_waiting: { Args: { p_instance_id: string }; Returns: boolean };
      is_servicetitan_time_zone: { Args: { p_name: string }; Returns: boolean };
      judge_servicetitan_removals: {
        Args: { p_before: string; p_instance_id: string; p_source: string; p_workspace_id: string };
        Returns: {
          held: string[];
          losers: string[];
        }[];
      };
      keep_servicetitan_contact_point: {
        Args: { p_crm_id: string; p_source: string; p_stored: string; p_workspace_id: string };
        Returns: string;
      };
      list_servicetitan_business_hours: {
        Args: { p_end_hour: number; p_start_hour: number; p_time_zone: string };
        Returns: {
          closes_at: string;
          opens_at: string;
        }[];
      };
      list_servicetitan_connections_to_reseal: {
        Args: { p_after: string; p_key_id: string; p_limit: number };
        Returns: Json;
      };
      list_servicetitan_differences: { Args: { p_after: Json; p_before: Json }; Returns: Json };
      list_servicetitan_phones_to_grade: { Args: { p_after: string; p_codes?: Json; p_run: Json }; Returns: Json };
      list_servicetitan_rechecks: {
        Args: { p_instance_id: string; p_limit: number; p_source: string; p_workspace_id: string };
        Returns: Json;
      };
      list_servicetitan_workspaces: { Args: { p_after: string; p_limit: number }; Returns: Json };
      log_servicetitan_reads: {
        Args: {
          p_customers: Json;
          p_ids: Json;
          p_refreshed: string[];
          p_rejected: Json;
          p_run: Json;
          p_state: Omit<
            Database['public']['Tables']['servicetitan_sync_state']['Row'],
            Database['public']['Tables']['servicetitan_sync_state']['ComputedFields']
          >;
          p_touched: string[];
        };
        Returns: undefined;
      };
      lower_servicetitan_settled: {
        Args: { p_feed: string; p_instance_id: string; p_stamp: string; p_workspace_id: string };
        Returns: undefined;
      };
      mark_servicetitan_missing: {
        Args: { p_crm_ids: string[]; p_path: string; p_since: string; p_source: string; p_workspace_id: string };
        Returns: undefined;
      };
      merge_servicetitan_fields: { Args: { p_custom_fields: Json; p_metadata: Json }; Returns: Json };
      next_servicetitan_fence: { Args: { p_workspace_id: string }; Returns: number };
      note_servicetitan_calls: {
        Args: { p_calls: number; p_instance_id: string; p_workspace_id: string };
        Returns: undefined;
      };
      note_servicetitan_doubts: {
        Args: { p_doubts: Json; p_fence: number; p_instance_id: string; p_workspace_id: string };
        Returns: undefined;
      };
      note_servicetitan_methods_missing: {
        Args: {
          p_is_recheck: boolean;
          p_reread: string[];
          p_shown: Json;
          p_source: string;
          p_witness: string;
          p_workspace_id: string;
        };
        Returns: undefined;
      };
      note_servicetitan_misses: {
        Args: {
          p_customers: Json;
          p_instance_id: string;
          p_methods: Json;
          p_state: Omit<
            Database['public']['Tables']['servicetitan_sync_state']['Row'],
            Database['public']['Tables']['servicetitan_sync_state']['ComputedFields']
          >;
        };
        Returns: undefined;
      };
      note_servicetitan_pass: {
        Args: {
          p_batch: Json;
          p_before: Json;
          p_changed: string[];
          p_ids: Json;
          p_instance_id: string;
          p_state: Omit<
            Database['public']['Tables']['servicetitan_sync_state']['Row'],
            Database['public']['Tables']['servicetitan_sync_state']['ComputedFields']
          >;
        };
        Returns: undefined;
      };
      note_servicetitan_rechecks: {
        Args: { p_instance_id: string; p_rechecked: Json; p_shown: Json; p_source: string; p_workspace_id: string };
        Returns: undefined;
      };
      note_servicetitan_refusal: {
        Args: {
          p_crm_id: string;
          p_instance_id: string;
          p_is_certain: boolean;
          p_modified_on: string;
          p_source: string;
          p_workspace_id: string;
        };
        Returns: undefined;
      };
      note_servicetitan_retry: {
        Args: { p_instance_id: string; p_retry: Json; p_workspace_id: string };
        Returns: undefined;
      };
      note_servicetitan_tick: { Args: { p_deployment: string; p_is_catch_up: boolean }; Returns: undefined };
      pick_servicetitan_contact_points: {
        Args: { p_crm_ids: string[]; p_source: string; p_workspace_id: string };
        Returns: {
          crm_id: string;
          email: string;
          email_fields: Json;
          phone: string;
          phone_fields: Json;
        }[];
      };
      plan_servicetitan_pass: {
        Args: {
          p_days: number;
          p_state: Omit<
            Database['public']['Tables']['servicetitan_sync_state']['Row'],
            Database['public']['Tables']['servicetitan_sync_state']['ComputedFields']
          >;
        };
        Returns: string;
      };
      plan_servicetitan_settled: {
        Args: {
          p_minutes: number;
          p_state: Omit<
            Database['public']['Tables']['servicetitan_sync_state']['Row'],
            Database['public']['Tables']['servicetitan_sync_state']['ComputedFields']
          >;
        };
        Returns: Json;
      };
      probe_servicetitan_contacts: { Args: { p_path: string; p_workspace_id: string }; Returns: Json };
      prune_servicetitan_history: { Args: { p_days: number; p_limit: number }; Returns: number };
      put_servicetitan_contact_point: {
        Args: {
          p_crm_id: string;
          p_email: string;
          p_fields: Json;
          p_path: string;
          p_phone: string;
          p_source: string;
          p_workspace_id: string;
        };
        Returns: boolean;
      };
      read_servicetitan_connection: { Args: { p_workspace_id: string }; Returns: Json };
      read_servicetitan_credentials: { Args: { p_instance_id: string; p_workspace_id: string }; Returns: Json };
      read_servicetitan_customer: { Args: { p_crm_id: string; p_workspace_id: string }; Returns: Json };
      read_servicetitan_proof: { Args: { p_workspace_id: string }; Returns: Json };
      read_servicetitan_tick: { Args: { p_deployment: string }; Returns: Json };
      read_servicetitan_workspaces: {
        Args: { p_after: string; p_end_hour: number; p_limit: number; p_start_hour: number; p_workspace_id: string };
        Returns: Json;
      };
      refresh_servicetitan_contact_points: {
        Args: { p_crm_ids: string[]; p_path?: string; p_source: string; p_workspace_id: string };
        Returns: Json;
      };
      renormalize_servicetitan_phones: {
        Args: { p_commit: Json; p_path?: string; p_phones: Json; p_run: Json };
        Returns: Json;
      };
      repeat_servicetitan_pass: {
        Args: {
          p_pass: Omit<
            Database['public']['Tables']['servicetitan_proofs']['Row'],
            Database['public']['Tables']['servicetitan_proofs']['ComputedFields']
          >;
          p_what: string;
        };
        Returns: boolean;
      };
      reseal_servicetitan_connections: { Args: { p_connections: Json }; Returns: number };
      save_servicetitan_connection: { Args: { p_connection: Json; p_path?: string }; Returns: Json };
      save_servicetitan_tag_types: {
        Args: { p_source: string; p_tag_types: Json; p_workspace_id: string };
        Returns: undefined;
      };
      schedule_servicetitan_rechecks: {
        Args: {
          p_held: string[];
          p_instance_id: string;
          p_is_proven: boolean;
          p_source: string;
          p_workspace_id: string;
        };
        Returns: undefined;
      };
      set_servicetitan_records_aside: {
        Args: { p_instance_id: string; p_records: Json; p_source: string; p_workspace_id: string };
        Returns: undefined;
      };
      settle_servicetitan_alerts: { Args: { p_claimed: string[]; p_told: Json }; Returns: undefined };
      settle_servicetitan_pass: {
        Args: {
          p_answered: string[];
          p_fence: number;
          p_gone: string[];
          p_instance_id: string;
          p_path?: string;
          p_unread: string[];
          p_workspace_id: string;
        };
        Returns: string;
      };
      settle_servicetitan_rechecks: {
        Args: {
          p_asked: string[];
          p_fence: number;
          p_instance_id: string;
          p_is_proven: boolean;
          p_path?: string;
          p_place?: Json;
          p_suspects: string[];
          p_workspace_id: string;
        };
        Returns: Json;
      };
      stop_servicetitan_run: { Args: { p_reason: string; p_workspace_id: string }; Returns: string };
      sweep_servicetitan_methods: {
        Args: {
          p_most: number;
          p_pass: Omit<
            Database['public']['Tables']['servicetitan_proofs']['Row'],
            Database['public']['Tables']['servicetitan_proofs']['ComputedFields']
          >;
        };
        Returns: boolean;
      };
      sweep_servicetitan_pass: {
        Args: { p_fence: number; p_instance_id: string; p_workspace_id: string };
        Returns: string;
      };
      sync_servicetitan_contacts: { Args: { p_batch: Json; p_path?: string }; Returns: Json };
      sync_servicetitan_records_apart: { Args: { p_batch: Json; p_items: Json; p_path?: string }; Returns: Json };
      take_servicetitan_methods: {
        Args: { p_before: string; p_crm_id: string; p_path: string; p_source: string; p_workspace_id: string };
        Returns: Record<string, unknown>;
      };
      tell_servicetitan_outcomes: {
        Args: { p_confirmed: string[]; p_source: string; p_tried: Json; p_workspace_id: string };
        Returns: Json;
      };
      to_servicetitan_ids: { Args: { p_crm_ids: string[] }; Returns: number[] };
      to_servicetitan_key: { Args: { p_value: string }; Returns: string };
      want_servicetitan_pass: { Args: { p_tenant_id: string; p_workspace_id: string }; Returns: boolean };
      write_servicetitan_contact_methods: {
        Args: {
          p_instance_id: string;
          p_methods: Json;
          p_rechecked: string[];
          p_source: string;
          p_workspace_id: string;
        };
        Returns: string[];
      };
      write_servicetitan_customers: {
        Args: {
          p_customers: Json;
          p_instance_id: string;
          p_is_settled?: boolean;
          p_path?: string;
          p_rechecked: string[];
          p_source: string;
          p_workspace_id: string;
        };
        Returns: Json;
      };
    };
    Enums: {
      [_ in never]: never;
    };
    CompositeTypes: {
      [_ in never]: never;
    };
  };
};

type DatabaseWithoutInternals = Omit<Database, '__InternalSupabase'>;

type DefaultSchema = DatabaseWithoutInternals[Extract<keyof Database, 'public'>];

export type Tables<
  DefaultSchemaTableNameOrOptions extends
    | keyof (DefaultSchema['Tables'] & DefaultSchema['Views'])
    | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'] &
        DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Views'])
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? (DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'] &
      DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Views'])[TableName] extends {
      Row: infer R;
    }
    ? R
    : never
  : DefaultSchemaTableNameOrOptions extends keyof (DefaultSchema['Tables'] & DefaultSchema['Views'])
    ? (DefaultSchema['Tables'] & DefaultSchema['Views'])[DefaultSchemaTableNameOrOptions] extends {
        Row: infer R;
      }
      ? R
      : never
    : never;

export type TablesInsert<
  DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables'] | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'][TableName] extends {
      Insert: infer I;
    }
    ? I
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables']
    ? DefaultSchema['Tables'][DefaultSchemaTableNameOrOptions] extends {
        Insert: infer I;
      }
      ? I
      : never
    : never;

export type TablesUpdate<
  DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables'] | { schema: keyof DatabaseWithoutInternals },
  TableName extends (DefaultSchemaTableNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables']
    : never) = never,
> = DefaultSchemaTableNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaTableNameOrOptions['schema']]['Tables'][TableName] extends {
      Update: infer U;
    }
    ? U
    : never
  : DefaultSchemaTableNameOrOptions extends keyof DefaultSchema['Tables']
    ? DefaultSchema['Tables'][DefaultSchemaTableNameOrOptions] extends {
        Update: infer U;
      }
      ? U
      : never
    : never;

export type Enums<
  DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema['Enums'] | { schema: keyof DatabaseWithoutInternals },
  EnumName extends (DefaultSchemaEnumNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions['schema']]['Enums']
    : never) = never,
> = DefaultSchemaEnumNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[DefaultSchemaEnumNameOrOptions['schema']]['Enums'][EnumName]
  : DefaultSchemaEnumNameOrOptions extends keyof DefaultSchema['Enums']
    ? DefaultSchema['Enums'][DefaultSchemaEnumNameOrOptions]
    : never;

export type CompositeTypes<
  PublicCompositeTypeNameOrOptions extends
    | keyof DefaultSchema['CompositeTypes']
    | { schema: keyof DatabaseWithoutInternals },
  CompositeTypeName extends (PublicCompositeTypeNameOrOptions extends {
    schema: keyof DatabaseWithoutInternals;
  }
    ? keyof DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions['schema']]['CompositeTypes']
    : never) = never,
> = PublicCompositeTypeNameOrOptions extends { schema: keyof DatabaseWithoutInternals }
  ? DatabaseWithoutInternals[PublicCompositeTypeNameOrOptions['schema']]['CompositeTypes'][CompositeTypeName]
  : PublicCompositeTypeNameOrOptions extends keyof DefaultSchema['CompositeTypes']
    ? DefaultSchema['CompositeTypes'][PublicCompositeTypeNameOrOptions]
    : never;

export const Constants = {
  public: {
    Enums: {},
  },
} as const;
