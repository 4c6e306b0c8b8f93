#!/bin/sh
# Someone who holds every file rewrites history in a copy of the evidence, `forged`.
#   falsifier journal          in the ledger, what Alice Durand did was done by Mona Girard
#   falsifier enregistrement   one byte of the largest recording is changed
cd '@FOLDER@' || exit 1
export LC_ALL=C
case "$1" in
journal | enregistrement) ;;
*)
    sed -n 's/^#   //p' "$0"
    exit 2
    ;;
esac
rm -rf forged
cp -R data/evidence/valbrume forged || exit 1
if [ "$1" = journal ]; then
    # Both names have eight letters: not one length changes.
    find forged/tile/entries -type f -exec sed -i 's/"person:a\.durand"/"person:m.girard"/g' {} + || exit 1
    echo 'forged/tile/entries : a.durand → m.girard' >&2
else
    FILE=$(ls -S forged/recordings/*.rec | head -n 1)
    AT=$(($(wc -c <"$FILE") / 2))
    OLD=$(od -An -tu1 -j "$AT" -N 1 "$FILE" | tr -d ' ')
    # shellcheck disable=SC2059 # the byte is written as an octal escape
    printf "\\$(printf %o $((OLD ^ 1)))" | dd of="$FILE" bs=1 seek="$AT" conv=notrunc 2>/dev/null || exit 1
    echo "$FILE : octet / byte $AT, $OLD → $((OLD ^ 1))" >&2
fi
