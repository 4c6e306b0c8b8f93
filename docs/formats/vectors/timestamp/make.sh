#!/bin/sh
# Makes the vectors of this folder anew, with openssl 3.0 and nothing of ours. The keys are thrown away.
# Tokens that an honest authority never gives are signed by `openssl cms` over what an honest one said.
set -eu
out=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

ca() { # name
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.pem" -days 36500 \
        -subj "/O=Horodatage fictif/CN=Racine fictive $1" 2>/dev/null
}
leaf() { # name, authority, extended key usage, days, key options …
    name=$1 by=$2 usage=$3 days=$4
    shift 4
    openssl req -new "$@" -nodes -keyout "$name.key" -out "$name.csr" \
        -subj "/O=Horodatage fictif/CN=Horloge fictive $name" 2>/dev/null
    { echo "basicConstraints = critical, CA:false"; echo "keyUsage = critical, digitalSignature"; } > ext
    [ -z "$usage" ] || echo "extendedKeyUsage = $usage" >> ext
    openssl x509 -req -in "$name.csr" -CA "$by.pem" -CAkey "$by.key" -CAcreateserial -days "$days" \
        -extfile ext -out "$name.pem" 2>/dev/null
}
answer() { # token, certificate, hash, digits of fractions
    cat > conf <<CONF
[tsa]
default_tsa = one
[one]
serial = serial
signer_digest = $3
default_policy = 1.3.6.1.4.1.32473.1
digests = sha256
clock_precision_digits = $4
accuracy = secs:1
ess_cert_id_alg = $3
CONF
    openssl ts -query -data "$out/checkpoint" -sha256 -cert -out query 2>/dev/null
    openssl ts -reply -config conf -queryfile query -signer "$2.pem" -inkey "$2.key" -token_out -out "$1" 2>/dev/null
}
forge() { # token, certificate
    openssl cms -verify -noverify -inform DER -in honest.tsr -out said -certsout /dev/null 2>/dev/null
    openssl cms -sign -binary -nodetach -cades -econtent_type 1.2.840.113549.1.9.16.1.4 -md sha256 \
        -in said -signer "$2.pem" -inkey "$2.key" -outform DER -out "$1" 2>/dev/null
}

ca racine
ca autre
leaf rsa2048 racine critical,timeStamping 36500 -newkey rsa:2048
leaf rsa4096 racine critical,timeStamping 36500 -newkey rsa:4096
leaf p256 racine critical,timeStamping 36500 -newkey ec -pkeyopt ec_paramgen_curve:P-256
leaf p384 racine critical,timeStamping 36500 -newkey ec -pkeyopt ec_paramgen_curve:P-384
leaf etrangere autre critical,timeStamping 36500 -newkey rsa:2048
leaf sans-usage racine "" 36500 -newkey rsa:2048
leaf non-critique racine timeStamping 36500 -newkey rsa:2048
leaf deux-usages racine critical,timeStamping,codeSigning 36500 -newkey rsa:2048
cp racine.pem "$out/ca.pem"
cp autre.pem "$out/other-ca.pem"
answer honest.tsr rsa2048 sha256 0
cp honest.tsr "$out/rsa2048-sha256.tsr"
answer "$out/rsa4096-sha512.tsr" rsa4096 sha512 3
answer "$out/p256-sha256.tsr" p256 sha256 6
answer "$out/p384-sha384.tsr" p384 sha384 0
answer "$out/bad-authority.tsr" etrangere sha256 0
forge "$out/cms.tsr" rsa2048
forge "$out/bad-no-usage.tsr" sans-usage
forge "$out/bad-usage-not-critical.tsr" non-critique
forge "$out/bad-two-usages.tsr" deux-usages
# Valid from tomorrow on: the moment that is stamped is before.
sleep 2
leaf apres racine critical,timeStamping 36500 -newkey rsa:2048
forge "$out/bad-not-yet-valid.tsr" apres
