CREATE SCHEMA IF NOT EXISTS "orchestrator";
--> statement-breakpoint
CREATE TABLE "orchestrator"."lease" (
	"netbox" text PRIMARY KEY NOT NULL,
	"run" integer NOT NULL,
	"attempt" integer NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "orchestrator"."outbox" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "orchestrator"."outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"channel" text NOT NULL,
	"parameters" jsonb NOT NULL,
	"payload" jsonb NOT NULL,
	"message_id" text DEFAULT gen_random_uuid()::text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "orchestrator"."run" (
	"id" serial PRIMARY KEY NOT NULL,
	"run_id" uuid NOT NULL,
	"name" text NOT NULL,
	"group" uuid NOT NULL,
	"parent" integer,
	"origin" text NOT NULL,
	"sync_types" jsonb NOT NULL,
	"scope" jsonb NOT NULL,
	"options" jsonb NOT NULL,
	"mode" text NOT NULL,
	"state" text NOT NULL,
	"netbox_endpoint_id" integer NOT NULL,
	"netbox_name" text NOT NULL,
	"netbox" text NOT NULL,
	"fastapi_endpoint_id" integer,
	"attempt" integer DEFAULT 0 NOT NULL,
	"lease_ms" integer NOT NULL,
	"plan_run_id" uuid,
	"cancel_requested" boolean DEFAULT false NOT NULL,
	"due" timestamp with time zone DEFAULT now() NOT NULL,
	"last_error" jsonb,
	"counts" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"gaps" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"held" integer DEFAULT 0 NOT NULL,
	"plan" integer,
	"errors" jsonb DEFAULT '[]'::jsonb NOT NULL,
	"errors_total" integer DEFAULT 0 NOT NULL,
	"error" jsonb,
	"user" text NOT NULL,
	"timeout_seconds" integer NOT NULL,
	"created" timestamp with time zone DEFAULT now() NOT NULL,
	"started" timestamp with time zone,
	"ended" timestamp with time zone,
	"last_frame_at" timestamp with time zone,
	"last_updated" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "orchestrator"."lease" ADD CONSTRAINT "lease_run_run_id_fk" FOREIGN KEY ("run") REFERENCES "orchestrator"."run"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "run_run_id" ON "orchestrator"."run" USING btree ("run_id");--> statement-breakpoint
CREATE INDEX "run_state_due" ON "orchestrator"."run" USING btree ("state","due");--> statement-breakpoint
CREATE INDEX "run_netbox" ON "orchestrator"."run" USING btree ("netbox","state");--> statement-breakpoint
CREATE INDEX "run_group" ON "orchestrator"."run" USING btree ("group");