-- Which Guards can be overruled may change with a version; what a stored Plan says does not.
ALTER TABLE "inventory"."change" ALTER COLUMN "approvable" DROP EXPRESSION;--> statement-breakpoint
UPDATE "inventory"."change" SET "approvable" = false WHERE "approvable" IS NULL;--> statement-breakpoint
ALTER TABLE "inventory"."change" ALTER COLUMN "approvable" SET DEFAULT false;--> statement-breakpoint
ALTER TABLE "inventory"."change" ALTER COLUMN "approvable" SET NOT NULL;
