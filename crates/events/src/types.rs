//! What a field of the catalogue may be, beside what the envelope needs.

use std::net::IpAddr;

use vocab::{
    Address, ContractId, EquipmentId, Kind, ProviderId, Right, Rights, ServiceId, Source, StatusCode,
};

use crate::field::{Field, object, parsed, spelled, wrong};
use crate::value::Value;
use crate::{Error, Sha256};

/// Free words, at most `MAX` bytes of them: longer ones are cut, and keep their length and hash.
///
/// Give it the whole (`text.into()`); [`crate::Entry::encode`] cuts.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Text<const MAX: usize> {
    /// The whole.
    Whole(String),
    /// Its first bytes, up to a character's end; the length of the whole; the SHA-256 of the whole.
    Cut { start: String, bytes: u64, sha256: [u8; 32] },
}

/// Codes of ours, versions, fingerprints (`SHA256:` and 43 characters), key and account names.
pub type Word = Text<128>;
/// Reasons and other sentences.
pub type Words = Text<1024>;
/// Paths and commands. Two of them, each byte escaped to six: 2 × 4,096 × 6 = 49,152 of the 65,535 bytes.
pub type Long = Text<4096>;

impl<const MAX: usize, S: Into<String>> From<S> for Text<MAX> {
    fn from(whole: S) -> Self {
        Self::Whole(whole.into())
    }
}

impl<const MAX: usize> Text<MAX> {
    /// The words, or their beginning.
    pub fn as_str(&self) -> &str {
        let (Self::Whole(text) | Self::Cut { start: text, .. }) = self;
        text
    }
}

/// Bytes of others that prove something by themselves, at most `MAX` of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bytes<const MAX: usize>(Vec<u8>);

/// A signed checkpoint: 4,200 bytes under the longest name of a log.
pub type SignedNote = Bytes<8_192>;
/// A timestamp token. With its checkpoint, in hexadecimal: 2 × (8,192 + 16,384) = 49,152 of the 65,535 bytes.
pub type Token = Bytes<16_384>;

impl<const MAX: usize> Bytes<MAX> {
    /// Not more than `MAX`; nothing is cut.
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        (bytes.len() <= MAX).then_some(Self(bytes))
    }

    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl<const MAX: usize> Field for Bytes<MAX> {
    fn value(&self) -> Option<Value> {
        Some(Value::Text(self.0.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    fn read(value: Option<Value>) -> Result<Self, Error> {
        let text = String::read(value)?;
        let byte = |at: usize| u8::from_str_radix(text.get(at..at.checked_add(2)?)?, 16).ok();
        let bytes: Option<Vec<u8>> = (0..text.len()).step_by(2).map(byte).collect();
        let read = bytes.and_then(Self::new).map_or_else(|| wrong("no bytes within their limit"), Ok)?;
        // One spelling.
        if read.value() == Some(Value::Text(text)) { Ok(read) } else { wrong("no bytes within their limit") }
    }
}

impl<const MAX: usize> Field for Text<MAX> {
    fn clip(&mut self, sha256: Sha256<'_>) {
        if let Self::Whole(whole) = self
            && whole.len() > MAX
        {
            let start = whole.get(..whole.floor_char_boundary(MAX)).unwrap_or_default().to_owned();
            *self = Self::Cut { start, bytes: count(whole.len()), sha256: sha256(whole.as_bytes()) };
        }
    }

    fn value(&self) -> Option<Value> {
        match self {
            Self::Whole(text) => Some(Value::Text(text.clone())),
            Self::Cut { start, bytes, sha256 } => {
                let members = [
                    ("bytes", bytes.value()),
                    ("cut", Some(Value::Text(start.clone()))),
                    ("sha256", sha256.value()),
                ];
                Some(object(members))
            }
        }
    }

    fn read(value: Option<Value>) -> Result<Self, Error> {
        match value {
            Some(Value::Text(text)) if text.len() <= MAX => Ok(Self::Whole(text)),
            Some(Value::Object(mut cut)) => {
                let start = String::read(cut.remove("cut")).map_err(|error| error.within("cut"))?;
                let bytes = u64::read(cut.remove("bytes")).map_err(|error| error.within("bytes"))?;
                let sha256 = Field::read(cut.remove("sha256")).map_err(|error| error.within("sha256"))?;
                // A character has at most four bytes: a shorter start, or a whole that fits, was not cut here.
                let as_cut = (MAX.saturating_sub(3)..=MAX).contains(&start.len()) && bytes > count(MAX);
                if as_cut && cut.is_empty() {
                    Ok(Self::Cut { start, bytes, sha256 })
                } else {
                    wrong("not cut as the limit says")
                }
            }
            _ => wrong("no text within its limit"),
        }
    }
}

fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

impl Field for bool {
    fn value(&self) -> Option<Value> {
        Some(Value::Flag(*self))
    }

    fn read(value: Option<Value>) -> Result<Self, Error> {
        if let Some(Value::Flag(flag)) = value { Ok(flag) } else { wrong("neither true nor false") }
    }
}

impl Field for Rights {
    fn value(&self) -> Option<Value> {
        self.iter().collect::<Vec<_>>().value()
    }

    fn read(value: Option<Value>) -> Result<Self, Error> {
        Ok(Vec::<Right>::read(value)?.into_iter().collect())
    }
}

spelled! {
    ProviderId: Self::to_string, parsed;
    ContractId: Self::to_string, parsed;
    ServiceId: Self::to_string, parsed;
    EquipmentId: Self::to_string, parsed;
    Address: Self::to_string, parsed;
    IpAddr: Self::to_string, parsed;
    Source: |source: &Self| source.code(), parsed;
    StatusCode: |code: &Self| code.as_str(), parsed;
    Kind: |kind: &Self| kind.as_str(), |text: &str| Self::ALL.into_iter().find(|kind| kind.as_str() == text);
    Right: |right: &Self| right.as_str(), |text: &str| Self::ALL.into_iter().find(|right| right.as_str() == text);
}
