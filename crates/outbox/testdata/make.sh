#!/bin/sh
# Makes the certificates of the tests anew.
set -eu
days=36500
new() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }
authority() {
    new "$1.key"
    openssl req -x509 -new -key "$1.key" -days $days -subj "/CN=$2" -out "$1.pem" \
        -addext 'basicConstraints=critical,CA:true' -addext 'keyUsage=critical,keyCertSign,cRLSign'
}
leaf() { # file authority name extensions
    new "$1.key"
    openssl req -new -key "$1.key" -subj "/CN=$3" -out "$1.csr"
    printf 'basicConstraints=critical,CA:false\nkeyUsage=critical,digitalSignature\n%s\n' "$4" >"$1.ext"
    openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -days $days -extfile "$1.ext" -out "$1.pem"
    rm "$1.csr" "$1.ext"
}
authority ca 'Autorite fictive'
authority other-ca 'Une autre autorite fictive'
leaf receiver ca siem.exemple.invalid 'extendedKeyUsage=serverAuth
subjectAltName=DNS:siem.exemple.invalid'
leaf elsewhere ca ailleurs.exemple.invalid 'extendedKeyUsage=serverAuth
subjectAltName=DNS:ailleurs.exemple.invalid'
leaf gate ca porte-1.exemple.invalid 'extendedKeyUsage=clientAuth
subjectAltName=DNS:porte-1.exemple.invalid'
rm ca.key other-ca.key other-ca.srl ca.srl 2>/dev/null || true
