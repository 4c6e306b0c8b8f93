//! Asking an authority (RFC 3161 sections 2.4.1 and 2.4.2).

use aws_lc_rs::digest::{SHA256 as SHA_256, digest};
use der::asn1::{BitString, Int, ObjectIdentifier as Oid, OctetString};
use der::{Any, Decode, Encode, Sequence};
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::token::{Imprint, SHA256};
use crate::{Authorities, Error, Stamp, TOKEN_MAX, verify};

/// Whether this is an object identifier, and so may name a policy.
pub fn is_policy(text: &str) -> bool {
    Oid::new(text).is_ok()
}

/// What an authority is asked.
#[derive(Debug, Clone)]
pub struct Question {
    data: Vec<u8>,
    pub(crate) nonce: Int,
    pub(crate) policy: Option<Oid>,
}

#[derive(Sequence)]
struct Request {
    version: u8,
    imprint: Imprint,
    #[asn1(optional = "true")]
    policy: Option<Oid>,
    nonce: Int,
    certificate: bool,
}

#[derive(Sequence)]
struct Response {
    status: Status,
    #[asn1(optional = "true")]
    token: Option<Any>,
}

#[derive(Sequence)]
struct Status {
    status: u8,
    #[asn1(optional = "true")]
    text: Option<Vec<Any>>,
    #[asn1(optional = "true")]
    failure: Option<BitString>,
}

impl Question {
    /// For a timestamp of `data`, under this policy where one is given; `nonce` is drawn for this question alone.
    ///
    /// # Errors
    /// If the policy is no object identifier.
    pub fn new(data: &[u8], nonce: [u8; 8], policy: Option<&str>) -> Result<Self, Error> {
        let policy = policy.map(|text| Oid::new(text).map_err(|_| Error::Policy(text.to_owned())));
        // A leading 1 makes it positive, and its spelling the only one, whatever was drawn.
        let nonce = Int::new(&[&[1], &nonce[..]].concat()).map_err(|_| Error::Malformed)?;
        Ok(Self { data: data.to_vec(), nonce, policy: policy.transpose()? })
    }

    /// The body of the request, of type `application/timestamp-query`.
    ///
    /// # Errors
    /// None that is known.
    pub fn encode(&self) -> Result<Vec<u8>, Error> {
        let algorithm = AlgorithmIdentifierOwned { oid: SHA256, parameters: Some(Any::null()) };
        let hash = digest(&SHA_256, &self.data);
        let hash = OctetString::new(hash.as_ref()).map_err(|_| Error::Malformed)?;
        let (imprint, nonce) = (Imprint { algorithm, hash }, self.nonce.clone());
        let request = Request { version: 1, imprint, policy: self.policy, nonce, certificate: true };
        request.to_der().map_err(|_| Error::Malformed)
    }

    /// The token in an answer, of type `application/timestamp-reply`, verified as an answer to this question.
    ///
    /// # Errors
    /// What is wrong with it; nothing of it is of use then.
    pub fn answered(&self, answer: &[u8], by: &Authorities) -> Result<(Vec<u8>, Stamp), Error> {
        if answer.len() > 2 * TOKEN_MAX {
            return Err(Error::Malformed);
        }
        let response = Response::from_der(answer).map_err(|_| Error::Malformed)?;
        // Granted, and granted with changes (which the policy would be).
        if response.status.status > 1 {
            return Err(Error::Refused(response.status.status));
        }
        let token = response.token.ok_or(Error::Malformed)?;
        let token = token.to_der().map_err(|_| Error::Malformed)?;
        let stamp = verify(&token, &self.data, by)?;
        if stamp.nonce.as_deref() != Some(self.nonce.as_bytes()) {
            return Err(Error::Nonce);
        }
        if self.policy.is_some_and(|policy| policy.to_string() != stamp.policy) {
            return Err(Error::Policy(stamp.policy));
        }
        Ok((token, stamp))
    }
}
