#!/bin/sh
# store-push.sh <delivery id> <body>: one row, committed when this ends with 0. Where the database is, libpq reads in PG*.
# Both values reach the statement as psql variables, quoted by psql; no shell and no SQL ever parses them.
exec "$PSQL" --no-psqlrc --quiet --set ON_ERROR_STOP=1 --set delivery_id="$1" --set body="$2" --file "${0%.sh}.sql"
