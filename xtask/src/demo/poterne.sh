#!/bin/sh
# The gate's own program, as the IT team and the auditor use it: with this demonstration's files.
#   poterne session list | watch SESSION | cut SESSION --reason WHY
#   poterne replay SESSION [--speed N]      poterne export SESSION --asciicast FILE
# A SESSION is its name in `session list`, or the beginning of it, or `derniere` for the latest.
cd '@FOLDER@' || exit 1
show() {
    LINE=
    for WORD in "$@"; do
        case "$WORD" in *[!A-Za-z0-9_./:@+=-]*) WORD="'$WORD'" ;; esac
        LINE="$LINE $WORD"
    done
    printf '\033[2m$%s\033[0m\n' "$LINE" >&2
    exec "$@"
}
none() {
    echo "aucune session \`$1\` / no session \`$1\`" >&2
    exit 1
}
# The ledger says which recording is a session's.
recording() {
    app/poterne-verify data/evidence/valbrume --key auditor/valbrume.keys --print |
        sed -n 's/.*"code":"session-opened".*"recording":"\([0-9a-f]*\)".*"session":"'"$1"'[0-9a-f]*".*/\1/p' |
        tail -n 1
}
case "$1 $2" in
'session watch' | 'session cut')
    WHAT=$2
    SESSION=$3
    if [ "$SESSION" = derniere ]; then
        SESSION=$(app/poterne session list --json --config poterne.toml |
            sed -n 's/.*"session": "\([0-9a-f]*\)".*/\1/p' | tail -n 1)
    fi
    [ -n "$SESSION" ] || none "$3"
    shift 3
    show app/poterne session "$WHAT" "$SESSION" "$@" --config poterne.toml
    ;;
'replay '?* | 'export '?*)
    WHAT=$1
    SESSION=$2
    [ "$SESSION" = derniere ] && SESSION=
    RECORDING=$(recording "$SESSION")
    [ -n "$RECORDING" ] || none "$2"
    shift 2
    show app/poterne "$WHAT" "data/evidence/valbrume/recordings/$RECORDING.rec" --key auditor/reader.key \
        --reason "démonstration de la porte" --config poterne.toml "$@"
    ;;
'guide '*)
    show app/poterne "$@"
    ;;
*)
    show app/poterne "$@" --config poterne.toml
    ;;
esac
