ALTER TABLE "inventory"."item" ADD COLUMN "written_before" jsonb;--> statement-breakpoint
CREATE INDEX "conflict_gone" ON "inventory"."conflict" USING btree ("last_updated") WHERE state = 'gone';--> statement-breakpoint
CREATE INDEX "gap_closed" ON "inventory"."gap" USING btree ("last_updated") WHERE not is_open;--> statement-breakpoint
CREATE INDEX "writer_last_seen" ON "inventory"."writer" USING btree ("last_seen","run_id");