ALTER TABLE "orchestrator"."run" ADD COLUMN "applied_by" integer;--> statement-breakpoint
ALTER TABLE "orchestrator"."run" ADD COLUMN "has_written" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "orchestrator"."run" ADD COLUMN "awaiting_since" timestamp with time zone;--> statement-breakpoint
UPDATE "orchestrator"."run" SET "awaiting_since" = "last_updated" WHERE "state" = 'awaiting_approval';--> statement-breakpoint
UPDATE "orchestrator"."run" SET "has_written" = true WHERE EXISTS (
	SELECT 1 FROM jsonb_each("counts") AS kind
	WHERE (kind.value ->> 'created')::integer + (kind.value ->> 'updated')::integer + (kind.value ->> 'deleted')::integer > 0
);--> statement-breakpoint
UPDATE "orchestrator"."run" AS planned SET "applied_by" = applying."id"
FROM "orchestrator"."run" AS applying
WHERE applying."mode" = 'apply' AND applying."parent" = planned."id" AND applying."plan_run_id" = planned."run_id";
