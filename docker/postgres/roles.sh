#!/bin/sh
# Runs once, when the database is made: one role per service. Each makes its own schema and can read no other's.
set -eu
for service in registry orchestrator inventory; do
  url=$(cat "/run/secrets/database-url-$service")
  password=${url#*://*:}
  password=${password%%@*}
  # Not among the arguments: the host lists those of every container to everybody.
  ROLE_PASSWORD="$password" psql -v ON_ERROR_STOP=1 -v role="$service" -v database="$POSTGRES_DB" <<'SQL'
\getenv password ROLE_PASSWORD
create role :"role" login password :'password';
grant connect, create on database :"database" to :"role";
SQL
done
psql -v ON_ERROR_STOP=1 -v database="$POSTGRES_DB" <<'SQL'
revoke all on schema public from public;
revoke connect, temporary on database :"database" from public;
SQL
