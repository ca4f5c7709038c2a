CREATE TABLE "inventory"."seen_address" (
	"netbox" text NOT NULL,
	"key" text NOT NULL,
	"label" text NOT NULL,
	"holder" text NOT NULL,
	"since" timestamp with time zone DEFAULT now() NOT NULL,
	"run_id" text NOT NULL,
	CONSTRAINT "seen_address_netbox_key_pk" PRIMARY KEY("netbox","key")
);
