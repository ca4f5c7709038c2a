CREATE TABLE "inventory"."conflict" (
	"id" serial PRIMARY KEY NOT NULL,
	"netbox" text NOT NULL,
	"key" text NOT NULL,
	"field" text NOT NULL,
	"code" text NOT NULL,
	"kind" text NOT NULL,
	"label" text NOT NULL,
	"detail" text NOT NULL,
	"netbox_id" integer,
	"proxmox_value" jsonb,
	"netbox_value" jsonb,
	"decisions" jsonb NOT NULL,
	"state" text DEFAULT 'open' NOT NULL,
	"decision" text,
	"rule" integer,
	"run_id" text NOT NULL,
	"created" timestamp with time zone DEFAULT now() NOT NULL,
	"last_updated" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "inventory"."gap" (
	"id" serial PRIMARY KEY NOT NULL,
	"gap_key" text NOT NULL,
	"cluster" text NOT NULL,
	"scope" text NOT NULL,
	"node" text,
	"storage" text,
	"vmid" integer,
	"facet" text NOT NULL,
	"reason" text NOT NULL,
	"detail" text NOT NULL,
	"remedy" text,
	"is_open" boolean DEFAULT true NOT NULL,
	"acknowledged_until" timestamp with time zone,
	"acknowledged_by" text DEFAULT '' NOT NULL,
	"run_id" text NOT NULL,
	"created" timestamp with time zone DEFAULT now() NOT NULL,
	"last_updated" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "inventory"."held_item" (
	"netbox" text NOT NULL,
	"key" text NOT NULL,
	"kind" text NOT NULL,
	"label" text NOT NULL,
	"netbox_id" integer,
	"run_id" text NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "held_item_netbox_key_pk" PRIMARY KEY("netbox","key")
);
--> statement-breakpoint
CREATE TABLE "inventory"."plan" (
	"run_id" text PRIMARY KEY NOT NULL,
	"sha256" text NOT NULL,
	"count" integer NOT NULL,
	"held" integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE "inventory"."quarantine" (
	"netbox" text NOT NULL,
	"key" text NOT NULL,
	"kind" text NOT NULL,
	"label" text NOT NULL,
	"netbox_id" integer,
	"action" text NOT NULL,
	"values" jsonb NOT NULL,
	"detail" text NOT NULL,
	"failures" integer NOT NULL,
	"retry_at" timestamp with time zone DEFAULT now() NOT NULL,
	"run_id" text NOT NULL,
	"created" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "quarantine_netbox_key_pk" PRIMARY KEY("netbox","key")
);
--> statement-breakpoint
DROP INDEX "inventory"."change_run_key";--> statement-breakpoint
DROP INDEX "inventory"."item_netbox_id";--> statement-breakpoint
ALTER TABLE "inventory"."change" DROP CONSTRAINT "change_pkey";--> statement-breakpoint
ALTER TABLE "inventory"."change" ADD CONSTRAINT "change_run_id_id_pk" PRIMARY KEY("run_id","id");--> statement-breakpoint
ALTER TABLE "inventory"."change" ADD COLUMN "part" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "inventory"."change" ADD COLUMN "hash" text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE "inventory"."change" ADD COLUMN "learns" jsonb;--> statement-breakpoint
ALTER TABLE "inventory"."change" ADD COLUMN "written" jsonb;--> statement-breakpoint
ALTER TABLE "inventory"."change" ADD COLUMN "approvable" boolean GENERATED ALWAYS AS ((outcome = 'planned' or (outcome = 'held' and guard in ('budget', 'vanished', 'scope-change')))) STORED;--> statement-breakpoint
ALTER TABLE "inventory"."item" ADD COLUMN "drifts" jsonb;--> statement-breakpoint
ALTER TABLE "inventory"."item" ADD COLUMN "kept" jsonb;--> statement-breakpoint
ALTER TABLE "inventory"."item" ADD COLUMN "sources" jsonb;--> statement-breakpoint
ALTER TABLE "inventory"."writer" ADD COLUMN "gaps_since" timestamp with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "conflict_of" ON "inventory"."conflict" USING btree ("netbox","key","field","code");--> statement-breakpoint
CREATE INDEX "conflict_open" ON "inventory"."conflict" USING btree ("netbox") WHERE state = 'open';--> statement-breakpoint
CREATE UNIQUE INDEX "gap_of" ON "inventory"."gap" USING btree ("gap_key");--> statement-breakpoint
CREATE INDEX "gap_cluster" ON "inventory"."gap" USING btree ("cluster") WHERE is_open;--> statement-breakpoint
CREATE UNIQUE INDEX "change_run_key_part" ON "inventory"."change" USING btree ("run_id","key","part");--> statement-breakpoint
CREATE INDEX "change_approvable" ON "inventory"."change" USING btree ("run_id","id") WHERE approvable;--> statement-breakpoint
CREATE INDEX "change_written" ON "inventory"."change" USING btree ("run_id","id") WHERE written is not null;--> statement-breakpoint
CREATE INDEX "change_item" ON "inventory"."change" USING btree ("netbox","key","id");--> statement-breakpoint
-- What was done before this column existed can be undone as well.
UPDATE "inventory"."change" SET "written" = coalesce((SELECT jsonb_object_agg(name, true) FROM jsonb_object_keys("after") name), '{}'::jsonb) WHERE "outcome" = 'done';
