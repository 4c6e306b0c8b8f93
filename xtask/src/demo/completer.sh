#!/bin/sh
# The IT team mends the description of the establishment, one condition at a time, and applies it to the running gate.
#   completer relais     where ScanFab's relay is (C2)
#   completer plan       the security plan, validated by the director (A1)
#   completer comptes    the scanner's default accounts, checked (T9)
cd '@FOLDER@' || exit 1
case "$1" in
relais)
    FROM='{ name = "relais de ScanFab" }'
    TO='{ name = "relais de ScanFab", country = "FR" }'
    ;;
plan)
    FROM='acceptance = "pending"'
    TO='acceptance = { kind = "validated", at = "@PAST@", by = "h.marchand" }'
    ;;
comptes)
    FROM='default_accounts = "not-checked"'
    TO='default_accounts = { kind = "clean", at = "@LATER@", by = "l.leroy" }'
    ;;
*)
    sed -n 's/^#   //p' "$0"
    exit 2
    ;;
esac
grep -qF "$FROM" site.toml || {
    echo "déjà fait / done already" >&2
    exit 0
}
sed "s/$FROM/$TO/" site.toml >site.toml.new && mv site.toml.new site.toml || exit 1
printf '\033[2m$ %s\033[0m\n' "poterne apply site.toml --yes" >&2
exec app/poterne apply site.toml --yes --config poterne.toml
