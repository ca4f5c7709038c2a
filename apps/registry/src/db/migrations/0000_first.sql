CREATE SCHEMA IF NOT EXISTS "registry";
--> statement-breakpoint
CREATE TABLE "registry"."cluster_endpoint" (
	"proxmox_endpoint_id" integer PRIMARY KEY NOT NULL,
	"cluster_id" text NOT NULL
);
--> statement-breakpoint
CREATE TABLE "registry"."cluster" (
	"cluster_id" text PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"mode" text NOT NULL,
	"ca_fingerprint" text,
	"created" timestamp with time zone DEFAULT now() NOT NULL,
	"last_updated" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "registry"."fastapi_endpoint" (
	"id" serial PRIMARY KEY NOT NULL,
	"created" timestamp with time zone DEFAULT now() NOT NULL,
	"last_updated" timestamp with time zone DEFAULT now() NOT NULL,
	"name" text NOT NULL,
	"domain" text DEFAULT '' NOT NULL,
	"ip_address" text,
	"reachable" boolean,
	"reachability_detail" text DEFAULT '' NOT NULL,
	"port" integer DEFAULT 8800 NOT NULL,
	"use_https" boolean DEFAULT false NOT NULL,
	"verify_ssl" boolean DEFAULT true NOT NULL,
	"token_sealed" text,
	"websocket_domain" text DEFAULT '' NOT NULL,
	"websocket_port" integer DEFAULT 8800 NOT NULL,
	"use_websocket" boolean DEFAULT true NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"built_in" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE TABLE "registry"."installation" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"installation_id" text NOT NULL,
	"key_proof" text NOT NULL,
	"settings" jsonb DEFAULT '{}'::jsonb NOT NULL
);
--> statement-breakpoint
CREATE TABLE "registry"."netbox_endpoint" (
	"id" serial PRIMARY KEY NOT NULL,
	"created" timestamp with time zone DEFAULT now() NOT NULL,
	"last_updated" timestamp with time zone DEFAULT now() NOT NULL,
	"name" text NOT NULL,
	"domain" text DEFAULT '' NOT NULL,
	"ip_address" text,
	"reachable" boolean,
	"reachability_detail" text DEFAULT '' NOT NULL,
	"port" integer DEFAULT 443 NOT NULL,
	"use_https" boolean DEFAULT true NOT NULL,
	"verify_ssl" boolean DEFAULT true NOT NULL,
	"ca_certificate" text DEFAULT '' NOT NULL,
	"fingerprint_sha256" text DEFAULT '' NOT NULL,
	"token_version" text DEFAULT 'v1' NOT NULL,
	"token_key" text DEFAULT '' NOT NULL,
	"token_sealed" text,
	"timeout" integer DEFAULT 60 NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"write_mode" text DEFAULT 'plan' NOT NULL,
	"ram_base" integer DEFAULT 1024 NOT NULL,
	"disk_base" integer DEFAULT 1024 NOT NULL,
	"primary_ip_policy" text DEFAULT 'when-unset' NOT NULL,
	"primary_ip_subnet" text,
	"pin_to_node" boolean DEFAULT true NOT NULL,
	"missing_policy" text DEFAULT 'keep' NOT NULL,
	"rebuilt_policy" text DEFAULT 'hold' NOT NULL,
	"create_default_site" boolean DEFAULT false NOT NULL,
	"vlan_create" boolean DEFAULT false NOT NULL,
	"platform_create" boolean DEFAULT false NOT NULL,
	"write_timeout" integer DEFAULT 130 NOT NULL,
	"identity" text NOT NULL,
	"identity_seen" boolean DEFAULT false NOT NULL
);
--> statement-breakpoint
CREATE TABLE "registry"."node" (
	"node_id" text PRIMARY KEY NOT NULL,
	"cluster_id" text NOT NULL,
	"name" text NOT NULL,
	"ip" text,
	"last_updated" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "registry"."outbox" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "registry"."outbox_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"channel" text NOT NULL,
	"parameters" jsonb NOT NULL,
	"payload" jsonb NOT NULL,
	"message_id" text DEFAULT gen_random_uuid()::text NOT NULL,
	"created_at" timestamp with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "registry"."proxmox_endpoint" (
	"id" serial PRIMARY KEY NOT NULL,
	"created" timestamp with time zone DEFAULT now() NOT NULL,
	"last_updated" timestamp with time zone DEFAULT now() NOT NULL,
	"name" text NOT NULL,
	"domain" text DEFAULT '' NOT NULL,
	"ip_address" text,
	"reachable" boolean,
	"reachability_detail" text DEFAULT '' NOT NULL,
	"port" integer DEFAULT 8006 NOT NULL,
	"mode" text,
	"version" text,
	"username" text DEFAULT 'root@pam' NOT NULL,
	"password_sealed" text,
	"token_name" text DEFAULT '' NOT NULL,
	"token_value_sealed" text,
	"verify_ssl" boolean DEFAULT true NOT NULL,
	"ca_certificate" text DEFAULT '' NOT NULL,
	"fingerprint_sha256" text DEFAULT '' NOT NULL,
	"enabled" boolean DEFAULT true NOT NULL,
	"site" text,
	"tenant" text,
	"netbox_cluster" text,
	"notes" boolean DEFAULT true NOT NULL,
	"link_base" text,
	"timeout" integer DEFAULT 30 NOT NULL,
	"fetch_max_concurrency" integer
);
--> statement-breakpoint
CREATE TABLE "registry"."token" (
	"id" serial PRIMARY KEY NOT NULL,
	"created" timestamp with time zone DEFAULT now() NOT NULL,
	"last_updated" timestamp with time zone DEFAULT now() NOT NULL,
	"user_id" integer NOT NULL,
	"digest" text NOT NULL,
	"description" text DEFAULT '' NOT NULL,
	"write_enabled" boolean DEFAULT true NOT NULL,
	"expires" timestamp with time zone
);
--> statement-breakpoint
CREATE TABLE "registry"."user" (
	"id" serial PRIMARY KEY NOT NULL,
	"created" timestamp with time zone DEFAULT now() NOT NULL,
	"last_updated" timestamp with time zone DEFAULT now() NOT NULL,
	"name" text NOT NULL,
	"superuser" boolean DEFAULT false NOT NULL,
	"active" boolean DEFAULT true NOT NULL,
	"permissions" jsonb DEFAULT '[]'::jsonb NOT NULL
);
--> statement-breakpoint
ALTER TABLE "registry"."cluster_endpoint" ADD CONSTRAINT "cluster_endpoint_proxmox_endpoint_id_proxmox_endpoint_id_fk" FOREIGN KEY ("proxmox_endpoint_id") REFERENCES "registry"."proxmox_endpoint"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "registry"."cluster_endpoint" ADD CONSTRAINT "cluster_endpoint_cluster_id_cluster_cluster_id_fk" FOREIGN KEY ("cluster_id") REFERENCES "registry"."cluster"("cluster_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "registry"."node" ADD CONSTRAINT "node_cluster_id_cluster_cluster_id_fk" FOREIGN KEY ("cluster_id") REFERENCES "registry"."cluster"("cluster_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "registry"."token" ADD CONSTRAINT "token_user_id_user_id_fk" FOREIGN KEY ("user_id") REFERENCES "registry"."user"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE UNIQUE INDEX "cluster_ca" ON "registry"."cluster" USING btree ("ca_fingerprint");--> statement-breakpoint
CREATE UNIQUE INDEX "fastapi_endpoint_name" ON "registry"."fastapi_endpoint" USING btree ("name");--> statement-breakpoint
CREATE UNIQUE INDEX "netbox_endpoint_name" ON "registry"."netbox_endpoint" USING btree ("name");--> statement-breakpoint
CREATE UNIQUE INDEX "netbox_endpoint_identity" ON "registry"."netbox_endpoint" USING btree ("identity");--> statement-breakpoint
CREATE UNIQUE INDEX "node_name" ON "registry"."node" USING btree ("cluster_id","name");--> statement-breakpoint
CREATE UNIQUE INDEX "proxmox_endpoint_name" ON "registry"."proxmox_endpoint" USING btree ("name");--> statement-breakpoint
CREATE UNIQUE INDEX "token_digest" ON "registry"."token" USING btree ("digest");--> statement-breakpoint
CREATE INDEX "token_user" ON "registry"."token" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "user_name" ON "registry"."user" USING btree ("name");