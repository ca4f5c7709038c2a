ALTER TABLE "registry"."cluster_endpoint" ADD COLUMN "left_cluster" text;--> statement-breakpoint
ALTER TABLE "registry"."cluster_endpoint" ADD COLUMN "left_at" timestamp with time zone;--> statement-breakpoint
ALTER TABLE "registry"."cluster_endpoint" ADD COLUMN "taken_back_by" text;--> statement-breakpoint
ALTER TABLE "registry"."cluster" ADD COLUMN "merged_into" text;--> statement-breakpoint
ALTER TABLE "registry"."cluster_endpoint" ADD CONSTRAINT "cluster_endpoint_left_cluster_cluster_cluster_id_fk" FOREIGN KEY ("left_cluster") REFERENCES "registry"."cluster"("cluster_id") ON DELETE no action ON UPDATE no action;