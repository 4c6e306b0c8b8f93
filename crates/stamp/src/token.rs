//! What a token must be to be believed (`docs/formats/timestamp.md` section 3).

use std::time::Duration;

use aws_lc_rs::digest::{self, digest};
use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerInfo};
use der::asn1::{Int, ObjectIdentifier as Oid, OctetString};
use der::{Any, DateTime, Decode, Encode, Sequence, Tag, Tagged};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm as Algorithm, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage, aws_lc_rs as by};
use x509_cert::attr::Attributes;
use x509_cert::ext::Extensions;
use x509_cert::ext::pkix::ExtendedKeyUsage;
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::{Error, TOKEN_MAX};

const SIGNED_DATA: Oid = Oid::new_unwrap("1.2.840.113549.1.7.2");
const TST_INFO: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE: Oid = Oid::new_unwrap("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: Oid = Oid::new_unwrap("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE_V2: Oid = Oid::new_unwrap("1.2.840.113549.1.9.16.2.47");
const TIME_STAMPING: Oid = Oid::new_unwrap("1.3.6.1.5.5.7.3.8");
pub(crate) const SHA256: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: Oid = Oid::new_unwrap("2.16.840.1.101.3.4.2.3");

/// The certificates of a file: a chain has three or four, and a site may trust several.
const CERTIFICATES_MAX: usize = 64;

/// The certificates in which the chain of a token may end. Each of them is trusted.
#[derive(Debug, Clone)]
pub struct Authorities(Vec<TrustAnchor<'static>>);

/// What a token says that was verified; made only by [`verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// When the bytes existed, in POSIX microseconds.
    pub at: i64,
    /// The subject of the certificate that signed, as RFC 4514 spells it.
    pub by: String,
    /// The policy under which it was given, as an object identifier.
    pub policy: String,
    /// The number that was sent with the question.
    pub(crate) nonce: Option<Vec<u8>>,
}

#[derive(Sequence)]
pub(crate) struct Imprint {
    pub(crate) algorithm: AlgorithmIdentifierOwned,
    pub(crate) hash: OctetString,
}

/// RFC 3161 section 2.4.2. The moment is kept as it stands: the library's has no fractions of a second.
#[derive(Sequence)]
struct TstInfo {
    version: u8,
    policy: Oid,
    imprint: Imprint,
    serial: Int,
    moment: Any,
    #[asn1(optional = "true")]
    accuracy: Option<Vec<Any>>,
    #[asn1(optional = "true")]
    ordering: Option<bool>,
    #[asn1(optional = "true")]
    nonce: Option<Int>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    authority: Option<Any>,
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", optional = "true")]
    extensions: Option<Extensions>,
}

/// RFC 5035 section 3.
#[derive(Sequence)]
struct SigningCertificate {
    certificates: Vec<CertificateId>,
    #[asn1(optional = "true")]
    policies: Option<Any>,
}

#[derive(Sequence)]
struct CertificateId {
    #[asn1(optional = "true")]
    algorithm: Option<AlgorithmIdentifierOwned>,
    hash: OctetString,
    #[asn1(optional = "true")]
    issuer: Option<Any>,
}

impl Authorities {
    /// Reads a file of certificates (PEM).
    ///
    /// # Errors
    /// If it has none, too many, or one that cannot be trusted.
    pub fn parse(pem: &[u8]) -> Result<Self, Error> {
        let read = |certificate: Result<CertificateDer<'_>, _>| {
            let certificate = certificate.map_err(|_| Error::Authorities)?;
            let anchor = webpki::anchor_from_trusted_cert(&certificate).map_err(|_| Error::Authorities)?;
            Ok(anchor.to_owned())
        };
        let all = CertificateDer::pem_slice_iter(pem).take(CERTIFICATES_MAX + 1).map(read);
        let all = all.collect::<Result<Vec<_>, _>>()?;
        if (1..=CERTIFICATES_MAX).contains(&all.len()) { Ok(Self(all)) } else { Err(Error::Authorities) }
    }
}

/// Verifies that an authority's token is of `data`.
///
/// # Errors
/// What is wrong with it.
pub fn verify(token: &[u8], data: &[u8], authorities: &Authorities) -> Result<Stamp, Error> {
    let malformed = |_| Error::Malformed;
    if token.len() > TOKEN_MAX {
        return Err(Error::Malformed);
    }
    let outer = ContentInfo::from_der(token).map_err(malformed)?;
    let signed: SignedData = outer.content.decode_as().map_err(malformed)?;
    let inner = signed.encap_content_info.econtent.ok_or(Error::Malformed)?;
    let inner: OctetString = inner.decode_as().map_err(malformed)?;
    let said = TstInfo::from_der(inner.as_bytes()).map_err(malformed)?;
    let known = outer.content_type == SIGNED_DATA && signed.encap_content_info.econtent_type == TST_INFO;
    let extensions = said.extensions.as_deref().unwrap_or_default();
    if !known || said.version != 1 || extensions.iter().any(|extension| extension.critical) {
        return Err(Error::Malformed);
    }
    let at = micros(&said.moment).ok_or(Error::Malformed)?;
    let imprint = (said.imprint.algorithm.oid, said.imprint.hash.as_bytes());
    if imprint != (SHA256, digest(&digest::SHA256, data).as_ref()) {
        return Err(Error::Imprint);
    }
    let [signer] = signed.signer_infos.0.as_slice() else { return Err(Error::Malformed) };
    let all = signed.certificates.map(|set| set.0.into_vec()).unwrap_or_default();
    let by = signed_by(signer, inner.as_bytes(), &all, at, authorities)?;
    let nonce = said.nonce.map(|nonce| nonce.as_bytes().to_vec());
    Ok(Stamp { at, by, policy: said.policy.to_string(), nonce })
}

/// Who signed what the token says: whose certificate it names, which has to lead to an authority at that moment.
fn signed_by(
    signer: &SignerInfo,
    said: &[u8],
    all: &[CertificateChoices],
    at: i64,
    authorities: &Authorities,
) -> Result<String, Error> {
    let attributes = signer.signed_attrs.as_ref().ok_or(Error::Malformed)?;
    let (hash, algorithms) = algorithms(signer.digest_alg.oid)?;
    let kind: Oid = attribute(attributes, CONTENT_TYPE)?;
    let digested: OctetString = attribute(attributes, MESSAGE_DIGEST)?;
    if kind != TST_INFO || digested.as_bytes() != digest(hash, said).as_ref() {
        return Err(Error::Signature);
    }
    let named: SigningCertificate = attribute(attributes, SIGNING_CERTIFICATE_V2)?;
    let named = named.certificates.first().ok_or(Error::Malformed)?;
    let (hash, _) = self::algorithms(named.algorithm.as_ref().map_or(SHA256, |algorithm| algorithm.oid))?;
    let (mut own, mut others) = (None, Vec::new());
    for choice in all {
        let CertificateChoices::Certificate(certificate) = choice else { continue };
        let bytes = certificate.to_der().map_err(|_| Error::Certificate)?;
        let is_named = digest(hash, &bytes).as_ref() == named.hash.as_bytes();
        let bytes = CertificateDer::from(bytes);
        if is_named { own = Some((certificate, bytes)) } else { others.push(bytes) }
    }
    let (certificate, bytes) = own.ok_or(Error::Certificate)?;
    let usage = certificate.tbs_certificate.get::<ExtendedKeyUsage>();
    if !usage.is_ok_and(|usage| usage == Some((true, ExtendedKeyUsage(vec![TIME_STAMPING])))) {
        return Err(Error::Certificate);
    }
    let own = EndEntityCert::try_from(&bytes).map_err(|_| Error::Certificate)?;
    // What is signed is the set with its own tag (RFC 5652 section 5.4).
    let message = attributes.to_der().map_err(|_| Error::Malformed)?;
    let signature = signer.signature.as_bytes();
    if !algorithms.iter().any(|algorithm| own.verify_signature(*algorithm, &message, signature).is_ok()) {
        return Err(Error::Signature);
    }
    let then = u64::try_from(at).map_err(|_| Error::Chain)?;
    let then = UnixTime::since_unix_epoch(Duration::from_micros(then));
    let (all, usage) = (webpki::ALL_VERIFICATION_ALGS, KeyUsage::required(TIME_STAMPING.as_bytes()));
    let chain = own.verify_for_usage(all, &authorities.0, &others, then, usage, None, None);
    chain.map_err(|_| Error::Chain)?;
    Ok(certificate.tbs_certificate.subject.to_string())
}

/// A hash, and the signatures over it that are believed: RSA of 2,048 to 8,192 bits, and P-256 and P-384.
fn algorithms(hash: Oid) -> Result<(&'static digest::Algorithm, [&'static dyn Algorithm; 3]), Error> {
    match hash {
        SHA256 => {
            let all = [by::RSA_PKCS1_2048_8192_SHA256, by::ECDSA_P256_SHA256, by::ECDSA_P384_SHA256];
            Ok((&digest::SHA256, all))
        }
        SHA384 => {
            let all = [by::RSA_PKCS1_2048_8192_SHA384, by::ECDSA_P256_SHA384, by::ECDSA_P384_SHA384];
            Ok((&digest::SHA384, all))
        }
        SHA512 => {
            let all = [by::RSA_PKCS1_2048_8192_SHA512, by::ECDSA_P256_SHA512, by::ECDSA_P384_SHA512];
            Ok((&digest::SHA512, all))
        }
        _ => Err(Error::Malformed),
    }
}

/// The one value of an attribute that must stand there once.
fn attribute<T: for<'a> Decode<'a>>(attributes: &Attributes, name: Oid) -> Result<T, Error> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == name);
    let (Some(one), None) = (found.next(), found.next()) else { return Err(Error::Malformed) };
    let [value] = one.values.as_slice() else { return Err(Error::Malformed) };
    value.to_der().and_then(|bytes| T::from_der(&bytes)).map_err(|_| Error::Malformed)
}

/// `YYYYMMDDhhmmss[.f…]Z` in POSIX microseconds; finer fractions are cut off.
fn micros(moment: &Any) -> Option<i64> {
    let text = str::from_utf8(moment.value()).ok().filter(|_| moment.tag() == Tag::GeneralizedTime)?;
    let (whole, fraction) = text.strip_suffix('Z')?.split_at_checked(14)?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = match fraction.strip_prefix('.') {
        Some(fraction) if digits(fraction) => format!("{fraction:0<6}").get(..6)?.parse::<i64>().ok()?,
        None if fraction.is_empty() => 0,
        _ => return None,
    };
    let part = |from: usize, to: usize| whole.get(from..to).filter(|part| digits(part))?.parse::<u8>().ok();
    let year = whole.get(..4).filter(|year| digits(year))?.parse().ok()?;
    let date = DateTime::new(year, part(4, 6)?, part(6, 8)?, part(8, 10)?, part(10, 12)?, part(12, 14)?);
    let secs = i64::try_from(date.ok()?.unix_duration().as_secs()).ok()?;
    secs.checked_mul(1_000_000)?.checked_add(fraction)
}
