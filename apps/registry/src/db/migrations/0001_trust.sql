CREATE TABLE "registry"."rule" (
	"id" serial PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"netbox" text NOT NULL,
	"key" text NOT NULL,
	"field" text NOT NULL,
	"code" text NOT NULL,
	"decision" text NOT NULL,
	"user" text NOT NULL,
	"created" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
DROP INDEX "registry"."netbox_endpoint_identity";--> statement-breakpoint
ALTER TABLE "registry"."netbox_endpoint" ADD COLUMN "policies" jsonb DEFAULT '{}'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "registry"."netbox_endpoint" ADD COLUMN "found_tags" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
ALTER TABLE "registry"."netbox_endpoint" ADD COLUMN "ignored_tags" jsonb DEFAULT '[]'::jsonb NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX "rule_decision" ON "registry"."rule" USING btree ("netbox","key","field","code");--> statement-breakpoint
CREATE INDEX "netbox_endpoint_identity" ON "registry"."netbox_endpoint" USING btree ("identity");