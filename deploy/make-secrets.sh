#!/bin/sh
# Makes the secrets that compose.yaml needs, in the folder `secrets` beside it. Never replaces any:
# the database opens with the password, and the sessions with the key, that they were made with.
set -eu
cd "$(dirname "$0")"

# Containers run as users of their own and see the files with the modes that they have here, so the
# files are readable and the folder, which only this host has, is not.
mkdir -p secrets
chmod 700 secrets
umask 022
if [ -e secrets/postgres_password ] || [ -e secrets/params_key ]; then
  echo 'make-secrets.sh: there are secrets already, which stay as they are' >&2
  exit 1
fi
password=$(openssl rand -hex 32)
printf '%s' "$password" >secrets/postgres_password
printf 'postgres://sallyport:%s@postgres:5432/sallyport' "$password" >secrets/database_url
openssl rand -base64 48 | tr -d '\n' >secrets/params_key
echo 'Made postgres_password, database_url and params_key. Back up params_key with the database.'
