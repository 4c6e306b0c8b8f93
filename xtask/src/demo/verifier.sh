#!/bin/sh
# The auditor's machine: a copy of the evidence, the public keys, and nothing else.
#   verifier [--print]            verifies the evidence
#   verifier FOLDER [--print]     verifies a copy of it
cd '@FOLDER@' || exit 1
EVIDENCE=data/evidence/valbrume
case "$1" in
'' | -*) ;;
*)
    EVIDENCE=$1
    shift
    ;;
esac
printf '\033[2m$ %s\033[0m\n' "poterne-verify $EVIDENCE --key auditor/valbrume.keys $*" >&2
exec app/poterne-verify "$EVIDENCE" --key auditor/valbrume.keys "$@"
