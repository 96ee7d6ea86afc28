#!/bin/bash
# Runs at the first start of the postgres container: the services' roles, with passwords from the environment.
set -euo pipefail
export PGOPTIONS="-c rancak.intake_password=$INTAKE_PASSWORD -c rancak.scoring_password=$SCORING_PASSWORD -c rancak.notify_password=$NOTIFY_PASSWORD"
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -f /rancak/roles.sql
