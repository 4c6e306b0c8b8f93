#!/bin/sh
# What @NAME@ types, without the options of this demonstration. The real line is shown before it runs.
#   @SHORT@ porte …               commands of the door: help, request, approve …
#   @SHORT@ ssh EQUIPMENT [COMMAND…]
#   @SHORT@ sftp EQUIPMENT [OPTIONS]
#   @SHORT@ scp [OPTIONS] FILES…  with EQUIPMENT:PATH for a file over there
export WHO=@PERSON@
export SSH_ASKPASS='@FOLDER@/app/askpass' SSH_ASKPASS_REQUIRE=force
CONFIG='@FOLDER@/people/@PERSON@.conf'
GATE=127.0.0.1
show() {
    LINE=
    for WORD in "$@"; do
        case "$WORD" in *[!A-Za-z0-9_./:@+=-]*) WORD="'$WORD'" ;; esac
        LINE="$LINE $WORD"
    done
    printf '\033[2m$%s\033[0m\n' "$LINE" >&2
    exec "$@"
}
WHAT=$1
[ $# -gt 0 ] && shift
case "$WHAT" in
porte)
    if [ $# -eq 0 ]; then set -- help; fi
    # ssh joins its words with blanks: what holds one is quoted for the door. One word alone is a whole command.
    LINE=
    if [ $# -eq 1 ]; then LINE=$1; shift; fi
    for WORD in "$@"; do
        case "$WORD" in *' '*) WORD="\"$WORD\"" ;; esac
        LINE="$LINE${LINE:+ }$WORD"
    done
    show ssh -F "$CONFIG" -p @PORT@ "@PERSON@@$GATE" "$LINE"
    ;;
ssh | sftp | scp)
    if [ $# -eq 0 ]; then
        echo "$WHAT <équipement / equipment> …" >&2
        exit 2
    fi
    ;;
esac
case "$WHAT" in
ssh)
    TARGET=$1
    shift
    show ssh -F "$CONFIG" -p @PORT@ $SSH_OPTIONS "@PERSON@+$TARGET@$GATE" "$@"
    ;;
sftp)
    TARGET=$1
    shift
    show sftp -F "$CONFIG" -P @PORT@ -o BatchMode=no "$@" "@PERSON@+$TARGET@$GATE"
    ;;
scp)
    for WORD in "$@"; do
        shift
        case "$WORD" in
        [a-z]*:*) WORD="@PERSON@+${WORD%%:*}@$GATE:${WORD#*:}" ;;
        esac
        set -- "$@" "$WORD"
    done
    show scp -F "$CONFIG" -P @PORT@ "$@"
    ;;
*)
    sed -n 's/^#   //p' "$0"
    exit 2
    ;;
esac
