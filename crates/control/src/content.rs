//! Bytes of a document on the socket: base64, in a line of JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The bytes of a document. What is printed of them is their length.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Content(pub Vec<u8>);

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Content({} bytes)", self.0.len())
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        STANDARD.decode(text).map(Self).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_out_as_they_went_in() {
        for bytes in [&b""[..], b"a", b"%PDF-1.7\n\xff\0", &[0xfe; 1_000]] {
            let content = Content(bytes.to_vec());
            let line = serde_json::to_string(&content).unwrap();
            assert_eq!(serde_json::from_str::<Content>(&line).unwrap(), content);
        }
        for odd in ["\"a\"", "\"====\"", "1", "\"a b=\""] {
            assert!(serde_json::from_str::<Content>(odd).is_err(), "{odd}");
        }
        assert_eq!(format!("{:?}", Content(vec![7; 3])), "Content(3 bytes)");
    }
}
