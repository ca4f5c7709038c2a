CREATE SCHEMA IF NOT EXISTS "inventory";
--> statement-breakpoint
CREATE TABLE "inventory"."change" (
	"id" serial PRIMARY KEY NOT NULL,
	"run_id" text NOT NULL,
	"netbox" text NOT NULL,
	"key" text NOT NULL,
	"kind" text NOT NULL,
	"action" text NOT NULL,
	"netbox_id" integer,
	"label" text NOT NULL,
	"origin" text NOT NULL,
	"before" jsonb NOT NULL,
	"after" jsonb NOT NULL,
	"why" jsonb NOT NULL,
	"evidence" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"outcome" text NOT NULL,
	"detail" text DEFAULT '' NOT NULL,
	"guard" text,
	"at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "inventory"."intent" (
	"netbox" text NOT NULL,
	"key" text NOT NULL,
	"kind" text NOT NULL,
	"action" text NOT NULL,
	"netbox_id" integer,
	"before" jsonb NOT NULL,
	"values" jsonb NOT NULL,
	"run_id" text NOT NULL,
	"attempt" integer NOT NULL,
	"at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "intent_netbox_key_pk" PRIMARY KEY("netbox","key")
);
--> statement-breakpoint
CREATE TABLE "inventory"."item" (
	"id" serial PRIMARY KEY NOT NULL,
	"netbox" text NOT NULL,
	"key" text NOT NULL,
	"kind" text NOT NULL,
	"label" text DEFAULT '' NOT NULL,
	"netbox_id" integer,
	"origin" text NOT NULL,
	"last_written" jsonb NOT NULL,
	"evidence" jsonb DEFAULT '{}'::jsonb NOT NULL,
	"first_missing_at" timestamp with time zone,
	"run_id" text NOT NULL,
	"last_updated" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "inventory"."outbox" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "inventory"."outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"channel" text NOT NULL,
	"parameters" jsonb NOT NULL,
	"payload" jsonb NOT NULL,
	"message_id" text DEFAULT gen_random_uuid()::text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "inventory"."writer" (
	"run_id" text PRIMARY KEY NOT NULL,
	"attempt" integer NOT NULL,
	"last_seen" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "change_run_key" ON "inventory"."change" USING btree ("run_id","key");--> statement-breakpoint
CREATE UNIQUE INDEX "item_key" ON "inventory"."item" USING btree ("netbox","key");--> statement-breakpoint
CREATE INDEX "item_netbox_id" ON "inventory"."item" USING btree ("netbox","kind","netbox_id");